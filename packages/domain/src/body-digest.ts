import { hash } from 'node:crypto';

/**
 * SHA-256, in hex, of a JSON value as it was sent: two bodies have the same digest when they say the same, whatever the
 * order of their keys and the space between them. Defaults are not filled in first, so that an older and a newer release
 * side by side agree about a body.
 */
export function bodyDigest(json: unknown): string {
  return hash('sha256', canonicalJson(json));
}

/** A value that is still to be written out, or a piece of text between two values. */
type Part = { value: unknown } | string;

/** JSON with the keys of every object in order. Without recursion: a body may be nested deeper than the call stack. */
export function canonicalJson(json: unknown): string {
  const rest: Part[] = [{ value: json }];
  let text = '';
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    if (typeof part === 'string') text += part;
    else if (typeof part.value !== 'object' || part.value === null) text += scalar(part.value);
    else {
      const parts = partsOf(part.value);
      for (let index = parts.length - 1; index >= 0; index -= 1) rest.push(parts[index] as Part);
    }
  }
  return text;
}

function partsOf(value: object): Part[] {
  if (Array.isArray(value))
    return ['[', ...value.flatMap((item, index): Part[] => [index === 0 ? '' : ',', { value: item }]), ']'];
  const members = Object.keys(value)
    .sort()
    .flatMap((key, index): Part[] => [
      `${index === 0 ? '' : ','}${JSON.stringify(key)}:`,
      { value: value[key as keyof typeof value] },
    ]);
  return ['{', ...members, '}'];
}

/** JSON.stringify would write a number too large for JavaScript as null. */
function scalar(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
