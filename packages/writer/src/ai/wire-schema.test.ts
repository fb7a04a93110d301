import { expect, test } from '@jest/globals';
import { PROFILE_PARTS } from '@roleforge/contracts';
import { WIRE_SCHEMA } from './wire-schema.ts';

test('the schema on the wire has every part, required and closed, with its bounds in words', () => {
  expect(WIRE_SCHEMA).toMatchObject({ type: 'object', required: PROFILE_PARTS, additionalProperties: false });
  expect(WIRE_SCHEMA.properties?.name).toEqual({
    type: 'string',
    description: 'The name that the role goes by; at most 80 characters',
  });
  expect(JSON.stringify(WIRE_SCHEMA)).not.toMatch(/"(minLength|maxLength|minItems|maxItems|\$ref|\$schema)"/);
});
