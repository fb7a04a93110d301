/** The preferences of RFC 7240 that mean something here. */
export type Preferences = {
  respondAsync: boolean;
  /** Seconds that the caller would wait for the end. */
  wait: number | undefined;
};

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const VALUE = `${TOKEN}|"(?:[^"\\\\]|\\\\.)*"`;
const PAIR = `(${TOKEN})(?:\\s*=\\s*(${VALUE})?)?`;
/** One preference, its value, and its parameters, which nothing here has a use for. */
const PREFERENCE = new RegExp(`^\\s*${PAIR}((?:\\s*;\\s*(?:${PAIR})?)*)\\s*$`);

/**
 * Reads a `Prefer` header, several of which come as one, joined by commas. The first of two preferences of one name
 * counts; what cannot be read is as if it were not there.
 */
export function readPreferences(header: string | undefined): Preferences {
  const preferences = new Map<string, string>();
  for (const part of splitOutsideQuotes(header ?? '')) {
    const [, name, value = ''] = PREFERENCE.exec(part) ?? [];
    const key = name?.toLowerCase();
    if (key !== undefined && !preferences.has(key)) preferences.set(key, unquoted(value));
  }
  const wait = preferences.get('wait');
  return {
    respondAsync: preferences.get('respond-async') === '',
    wait: wait !== undefined && /^\d{1,9}$/.test(wait) ? Number(wait) : undefined,
  };
}

/** A quote that is not closed takes the rest with it. */
function splitOutsideQuotes(header: string): string[] {
  return header.match(/(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|$))+/g) ?? [];
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;
}
