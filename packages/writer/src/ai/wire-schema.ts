import { type ProfilePart, RoleProfile } from '@roleforge/contracts';
import { revisionSchema } from '@roleforge/domain';
import type { JSONSchema7 } from 'ai';
import { z } from 'zod';

type Node = { [keyword: string]: unknown };

/**
 * The profile's schema as a model is given it: shape only, every bound moved into the description. Providers turn a
 * schema into a grammar, and OpenAI's strict mode, Anthropic's and llama.cpp's each refuse bounds on the length of texts
 * or lists; the bounds are checked on the answer.
 */
export const WIRE_SCHEMA = onTheWire(z.object(RoleProfile.shape));

/** The schema of an answer that holds these parts of a profile alone. */
export function wireSchemaOf(sections: readonly ProfilePart[]): JSONSchema7 {
  return onTheWire(revisionSchema(sections));
}

function onTheWire(schema: z.ZodType): JSONSchema7 {
  return withoutBounds(z.toJSONSchema(schema) as Node) as JSONSchema7;
}

function withoutBounds(node: Node): Node {
  const { $schema: _, minLength: __, maxLength, minItems, maxItems, description, ...rest } = node;
  const bounds = [
    description,
    maxLength === undefined ? undefined : `at most ${maxLength} characters`,
    minItems === undefined ? undefined : `at least ${minItems} items`,
    maxItems === undefined ? undefined : `at most ${maxItems} items`,
  ].filter(note => note !== undefined);
  if (bounds.length > 0) rest.description = bounds.join('; ');
  if (rest.items !== undefined) rest.items = withoutBounds(rest.items as Node);
  if (rest.properties !== undefined)
    rest.properties = Object.fromEntries(
      Object.entries(rest.properties as Record<string, Node>).map(([name, inner]) => [name, withoutBounds(inner)]),
    );
  return rest;
}
