/** What came of one call. */
export type Answer = { status: number; type: string; text: string };

type Call = {
  method: string;
  path: string;
  key?: string | undefined;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
};

const PATIENCE_MS = 40_000;
/** So much of a stream of events is listened to. */
const LISTEN_MS = 300;

/** Makes one call. Of a stream of events the answer is what comes at once. */
export async function makeCall(url: string, { method, path, key, body, headers = {} }: Call): Promise<Answer> {
  const given = new AbortController();
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    signal: AbortSignal.any([given.signal, AbortSignal.timeout(PATIENCE_MS)]),
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const type = response.headers.get('content-type') ?? '';
  const shown = [...response.headers].map(([name, value]) => `${name}: ${value}\n`).join('');
  if (!type.startsWith('text/event-stream'))
    return {
      status: response.status,
      type,
      text: `${shown}\n${Buffer.from(await response.arrayBuffer()).toString('latin1')}`,
    };
  const text = await heardOf(response, () => given.abort());
  return { status: response.status, type, text: `${shown}\n${text}` };
}

async function heardOf(response: Response, stop: () => void): Promise<string> {
  let text = '';
  const timer = setTimeout(stop, LISTEN_MS);
  try {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString('latin1');
  } catch {
    // Broken off by us.
  }
  clearTimeout(timer);
  return text;
}

/** The JSON of an answer without its headers. @throws SyntaxError */
export function jsonOf<T>({ text }: Answer): T {
  return JSON.parse(Buffer.from(text.slice(text.indexOf('\n\n') + 2), 'latin1').toString()) as T;
}
