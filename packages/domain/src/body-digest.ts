import { createHash } from 'node:crypto';

/**
 * SHA-256, in hex, of a JSON value as it was sent: two bodies have the same digest when they say the same, whatever the
 * order of their keys and the space between them. Defaults are not filled in first, so that an older and a newer release
 * side by side agree about a body.
 */
export function bodyDigest(json: unknown): string {
  const digest = createHash('sha256');
  writeCanonical(json, text => digest.update(text));
  return digest.digest('hex');
}

/** JSON with the keys of every object in order. */
export function canonicalJson(json: unknown): string {
  let whole = '';
  writeCanonical(json, text => {
    whole += text;
  });
  return whole;
}

/** A list or an object that is being written, and how much of it is. An object's values are those of its sorted keys. */
type Open = { values: readonly unknown[]; keys: readonly string[] | null; next: number };

/** So long a text is passed on: pieces of a few bytes each would cost more to hash than to write. */
const PASSED_ON = 16_384;

const LARGEST = Number.MAX_VALUE;

/**
 * Writes canonical JSON piece by piece. Without recursion, since a body may be nested deeper than the call stack; and only
 * what is open takes memory, for a body may be half a million zeros, and everybody waits while one is written.
 */
function writeCanonical(json: unknown, write: (text: string) => void): void {
  const outer: Open[] = [];
  let current: Open = { values: [json], keys: null, next: 0 };
  let text = '';
  for (;;) {
    const { values, keys, next } = current;
    if (next === values.length) {
      const around = outer.pop();
      if (around === undefined) break;
      text += keys === null ? ']' : '}';
      current = around;
      continue;
    }
    current.next = next + 1;
    const value = values[next];
    if (next > 0) text += ',';
    if (keys !== null) text += `${JSON.stringify(keys[next])}:`;
    if (typeof value !== 'object' || value === null) text += scalar(value);
    else if (Array.isArray(value) && value.every(isAsWritten)) text += JSON.stringify(value);
    else {
      const inner = opened(value);
      text += inner.keys === null ? '[' : '{';
      outer.push(current);
      current = inner;
    }
    if (text.length > PASSED_ON) {
      write(text);
      text = '';
    }
  }
  write(text);
}

function opened(value: object): Open {
  if (Array.isArray(value)) return { values: value, keys: null, next: 0 };
  const keys = Object.keys(value);
  if (keys.length > 1) keys.sort();
  return { values: keys.map(key => value[key as keyof typeof value]), keys, next: 0 };
}

/** Whether JSON.stringify writes it as it is to be written here: then a list of these is left to it, which is far quicker. */
function isAsWritten(value: unknown): boolean {
  if (typeof value === 'number') return value >= -LARGEST && value <= LARGEST;
  return typeof value !== 'object' || value === null;
}

/** JSON.stringify would write a number too large for JavaScript as null. */
function scalar(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
