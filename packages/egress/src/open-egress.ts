import { isIP } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import { type Failure, type FailureReason, failureOf, NOT_ALLOWED } from './failure.ts';
import { guardedConnector } from './guarded-connector.ts';
import { isPublicAddress } from './public-address.ts';
import { refusalOf, type Targets } from './refusal.ts';
import { askMachine, askNameServers, type ResolvedAddress, type ResolveName } from './resolve-name.ts';

export type PostOptions = {
  headers: Record<string, string>;
  body: string;
  /** Milliseconds for all of it: resolving, connecting, TLS, sending, and the whole answer. */
  timeoutMs: number;
  /** Bytes of the answer's body that are read, and thrown away; 65,536 where not given. */
  maxResponseBytes?: number;
  signal?: AbortSignal;
};

/** What became of a request. `ms` is how long it took. Of an answer's body nothing is kept. */
export type PostOutcome =
  | { kind: 'answered'; statusCode: number; headers: Record<string, string>; ms: number }
  | { kind: 'failed'; reason: FailureReason; detail: string; ms: number };

/** The way out for requests to addresses that customers chose. */
export type Egress = {
  /**
   * Posts once, to an address that was checked, and follows no redirect: 3xx is an answer like any other. Whatever the other
   * side does is an outcome.
   * @throws `signal.reason` once the signal is aborted; Error where the egress is closed or a header cannot be sent
   */
  post(url: string, options: PostOptions): Promise<PostOutcome>;
  /** Ends what is being sent, as if its signals were aborted. */
  close(): Promise<void>;
};

/** Even a name with a thousand addresses gets few attempts. */
const MOST_ADDRESSES = 8;
const MAX_RESPONSE_BYTES = 65_536;
const MAX_HEADER_BYTES = 16_384;

/**
 * Opens the way out. Every post has a connection of its own, closed after the answer: none is ever there to be used again for a
 * name that leads elsewhere by now, or for another customer's request to the same host, and no request is lost to a connection
 * that the other side was about to close. Proxies that the environment names are not asked, cookies not kept, and bodies not
 * unpacked.
 */
export function openEgress(options: {
  targets: Targets;
  /** How names are resolved, for tests. */
  resolve?: ResolveName;
  /** Milliseconds for one post's connection, TLS included; 5,000 where not given. */
  connectTimeoutMs?: number;
}): Egress {
  const { targets, connectTimeoutMs = 5_000 } = options;
  const resolve = options.resolve ?? (targets === 'public' ? askNameServers() : askMachine);
  const closing = new AbortController();
  const inHand = new Set<Promise<unknown>>();

  async function outcomeOf(url: string, post: PostOptions, signal: AbortSignal): Promise<Answer | Failure> {
    const refusal = refusalOf(url, targets);
    if (refusal !== null) return { reason: 'address_not_allowed', detail: refusal };
    const target = new URL(url);
    const addresses = await addressesOf(target.hostname, resolve, signal);
    if (addresses.length === 0) return { reason: 'unreachable', detail: 'The host’s name has no address.' };
    if (targets === 'public' && !addresses.every(({ address }) => isPublicAddress(address))) return NOT_ALLOWED;
    const connect = guardedConnector(addresses.slice(0, MOST_ADDRESSES), targets, connectTimeoutMs);
    const client = new Client(target.origin, { connect, pipelining: 0, maxHeaderSize: MAX_HEADER_BYTES });
    try {
      const { pathname, search } = target;
      return await send(client, pathname + search, post, signal);
    } finally {
      await client.destroy();
    }
  }

  async function postOnce(url: string, post: PostOptions): Promise<PostOutcome> {
    const startedAt = performance.now();
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(), post.timeoutMs);
    const given = AbortSignal.any([closing.signal, ...(post.signal === undefined ? [] : [post.signal])]);
    let outcome: Answer | Failure;
    try {
      given.throwIfAborted();
      outcome = await outcomeOf(url, post, AbortSignal.any([given, timer.signal]));
    } catch (error) {
      given.throwIfAborted();
      if (isOwnMistake(error)) throw error;
      outcome = timer.signal.aborted
        ? { reason: 'timed_out', detail: `No whole answer came within ${post.timeoutMs} ms.` }
        : failureOf(error);
    } finally {
      clearTimeout(timeout);
    }
    const ms = Math.round(performance.now() - startedAt);
    return 'reason' in outcome ? { kind: 'failed', ...outcome, ms } : { kind: 'answered', ...outcome, ms };
  }

  return {
    post(url, post) {
      const outcome = postOnce(url, post);
      inHand.add(outcome);
      const done = () => void inHand.delete(outcome);
      outcome.then(done, done);
      return outcome;
    },
    async close() {
      closing.abort(new Error('the way out is closed'));
      await Promise.allSettled(inHand);
    },
  };
}

type Answer = { statusCode: number; headers: Record<string, string> };

/** All addresses of a host, itself where it is one. Waits no longer than the signal, whatever the resolver does. */
async function addressesOf(
  hostname: string,
  resolve: ResolveName,
  signal: AbortSignal,
): Promise<readonly ResolvedAddress[]> {
  const literal = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(literal);
  if (family !== 0) return [{ address: literal, family }];
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([resolve(hostname, signal), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function send(
  client: Client,
  path: string,
  { headers, body, maxResponseBytes = MAX_RESPONSE_BYTES }: PostOptions,
  signal: AbortSignal,
): Promise<Answer | Failure> {
  // The one timer of the post counts; undici's own would only begin anew with every part.
  const response = await client.request({
    method: 'POST',
    path,
    headers,
    body,
    signal,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  let read = 0;
  for await (const chunk of response.body) {
    read += (chunk as Buffer).length;
    if (read > maxResponseBytes)
      return {
        reason: 'answer_too_large',
        detail: `The answer, with the status ${response.statusCode}, is larger than ${maxResponseBytes} bytes.`,
      };
  }
  return { statusCode: response.statusCode, headers: flat(response.headers) };
}

function flat(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

/** A header that cannot be sent, say: nothing that the other side did. */
function isOwnMistake(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return code === 'UND_ERR_INVALID_ARG';
}
