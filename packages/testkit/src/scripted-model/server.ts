import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChatRequest } from './chat-completion.ts';
import { deliver } from './delivery.ts';
import type { ScriptedTurn } from './turns.ts';

/** A chat completion that the server was asked for. */
export type RecordedRequest = {
  headers: IncomingHttpHeaders;
  body: ChatRequest & Record<string, unknown>;
  /** Whether the client ended the connection before it had its answer. */
  aborted: boolean;
  /** Resolves when the connection of this request is over: answered, cut or aborted. */
  closed: Promise<void>;
};

/** A stand-in for an OpenAI-compatible provider, on a real socket. */
export interface ScriptedModel {
  /** The base URL for a client, ending in `/v1`. */
  readonly url: string;
  /** Every chat completion asked for so far, in order of arrival; empty where recording is off. */
  readonly requests: readonly RecordedRequest[];
  /** Turns for the next requests, one each. */
  enqueue(...turns: ScriptedTurn[]): void;
  /** The turn for every request that finds none queued; at first `{kind: 'answer'}`. */
  always(turn: ScriptedTurn): void;
  /** The n-th request, counted from 1, as soon as it has arrived whole. */
  waitForRequest(n: number): Promise<RecordedRequest>;
  /** Ends every open connection and stops listening. */
  close(): Promise<void>;
}

type Options = {
  /** 0, the default, picks a free one. */
  port?: number;
  /** Off for load runs: what is recorded is kept until the end. */
  record?: boolean;
  /** Hears of each chat completion that is asked for, as soon as it has arrived whole; whether it is recorded or not. */
  onRequest?: (request: RecordedRequest) => void;
  /** Answers 429 to whatever would be one call too many within any span of `perMs`; refused calls do not count. */
  limit?: { calls: number; perMs: number };
};

/** Starts a scripted model on 127.0.0.1. Rejects when the port is taken. */
export async function startScriptedModel({
  port = 0,
  record = true,
  onRequest,
  limit,
}: Options = {}): Promise<ScriptedModel> {
  const requests: RecordedRequest[] = [];
  const waiting = new Map<number, (request: RecordedRequest) => void>();
  const arrivals = new Map<number, Promise<RecordedRequest>>();
  const queue: ScriptedTurn[] = [];
  let fallback: ScriptedTurn = { kind: 'answer' };
  let count = 0;
  const overLimit = limit === undefined ? () => false : slidingLimit(limit);

  async function complete(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(message);
    if (body === null) return json(response, 400, { error: { message: 'The body is not JSON.', code: null } });
    const gone = new AbortController();
    const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>();
    const request: RecordedRequest = { headers: message.headers, body, aborted: false, closed };
    const turn: ScriptedTurn = overLimit() ? { kind: 'rateLimited', retryAfter: 1 } : (queue.shift() ?? fallback);
    response.on('close', () => {
      request.aborted = !response.writableFinished && turn.kind !== 'cut';
      gone.abort();
      onClosed();
    });
    count += 1;
    if (record) requests.push(request);
    onRequest?.(request);
    waiting.get(count)?.(request);
    await deliver(turn, body, `chatcmpl-${count}`, response, gone.signal);
  }

  const server = createServer((message, response) => {
    const path = new URL(message.url ?? '/', 'http://scripted').pathname;
    if (message.method === 'GET' && path === '/v1/models') return json(response, 200, MODELS);
    if (message.method === 'POST' && path === '/v1/chat/completions') return void complete(message, response);
    json(response, 404, { error: { message: `There is no ${message.method} ${path}.`, code: null } });
  });
  const failed = Promise.withResolvers<never>();
  server.once('error', failed.reject);
  await Promise.race([new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve)), failed.promise]);

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    enqueue: (...turns) => void queue.push(...turns),
    always: turn => {
      fallback = turn;
    },
    waitForRequest(n) {
      const seen = requests[n - 1];
      if (seen !== undefined) return Promise.resolve(seen);
      const arrival = arrivals.get(n) ?? new Promise<RecordedRequest>(resolve => waiting.set(n, resolve));
      arrivals.set(n, arrival);
      return arrival;
    },
    async close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    },
  };
}

/** Says of each call whether it is one too many, in a window that slides. */
function slidingLimit({ calls, perMs }: NonNullable<Options['limit']>): () => boolean {
  const times: number[] = [];
  return () => {
    const now = performance.now();
    while (times[0] !== undefined && times[0] <= now - perMs) times.shift();
    if (times.length >= calls) return true;
    times.push(now);
    return false;
  };
}

const MODELS = { object: 'list', data: [{ id: 'scripted-1', object: 'model', created: 0, owned_by: 'roleforge' }] };

async function readJson(message: IncomingMessage): Promise<RecordedRequest['body'] | null> {
  const parts: Buffer[] = [];
  try {
    for await (const part of message) parts.push(part);
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return null;
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
