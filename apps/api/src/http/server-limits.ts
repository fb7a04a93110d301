import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ProblemCode } from '@roleforge/contracts';
import { isClear } from './clear-request.ts';
import { problemBody, RequestProblem } from './problem.ts';
import type { FixedHeader } from './security-headers.ts';

/** How long a client may take, in milliseconds, and how much it may send, before it is shown out. */
export type ServerLimits = {
  /** From its first byte, or from the connection's beginning, to the last header. */
  headersTimeoutMs: number;
  /** To the last byte of the body. How long the answer takes is not limited by it: streams and waiting callers stay. */
  requestTimeoutMs: number;
  /** How often the two are looked at; Node's own 30 seconds would double them. */
  checkEveryMs: number;
  maxHeaderBytes: number;
  /** How long a connection may be idle between two requests. */
  keepAliveMs: number;
  /**
   * How long a connection may be on which an answer is due and nothing moves: whoever asks for much and reads nothing is cut off. Where
   * something is half written Node looks twice, and it is up to twice as long.
   */
  stalledMs: number;
};

export const SERVER_LIMITS: ServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  checkEveryMs: 2_000,
  maxHeaderBytes: 16_384,
  // Longer than a load balancer keeps an idle connection, so that it is never we who close one that it is about to use.
  keepAliveMs: 75_000,
  // Longer than anybody waits for an answer, and than an event stream is silent.
  stalledMs: 90_000,
};

type Serving = {
  serve: RequestListener;
  /** The headers of every answer. */
  headers: readonly FixedHeader[];
  limits?: ServerLimits;
  /** Hears of what was refused before anything that serves had heard of it. */
  onRefused?: (code: ProblemCode) => void;
};

/**
 * A server that holds to the limits and reads HTTP as strictly as Node can, whatever flags Node was started with. What is not clear, or
 * never becomes a request, gets a problem as an answer, as everything else does.
 */
export function createStrictServer({ serve, headers, limits = SERVER_LIMITS, onRefused = () => {} }: Serving): Server {
  const refusal = (problem: RequestProblem) => {
    onRefused(problem.code);
    return refusalBy(problem, headers);
  };
  const options = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    maxHeaderSize: limits.maxHeaderBytes,
    keepAliveTimeout: limits.keepAliveMs,
    insecureHTTPParser: false,
    // Node would answer with an empty 400; `isClear` looks at it.
    requireHostHeader: false,
  };
  const server = createServer(options, (request, response) =>
    isClear(request) ? serve(request, response) : refuseRequest(response, refusal(malformed())),
  );
  server.timeout = limits.stalledMs;
  // Node would answer with a bare 417.
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) =>
    refuseRequest(response, refusal(unexpected())),
  );
  answerBrokenRequests(server, refusal);
  return server;
}

type Refusal = ReturnType<typeof refusalBy>;

function refuseRequest(response: ServerResponse, { status, headers, text }: Refusal): void {
  response.writeHead(status, headers).end(text);
}

/**
 * Answers what never becomes a request with a problem, as everything else is answered, and closes the connection: it is not known
 * where a next request would begin.
 */
function answerBrokenRequests(server: Server, refusal: (problem: RequestProblem) => Refusal): void {
  const inHand = new WeakMap<Socket, ServerResponse>();
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    inHand.set(request.socket, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const response = inHand.get(socket);
    const othersAnswer =
      response !== undefined && !response.writableFinished && (response.headersSent || response.req.complete);
    // What would be written now would be taken for the rest of another answer, or for all of it.
    if (error.code === 'ECONNRESET' || !socket.writable || othersAnswer) return void socket.destroy();
    refuse(socket, refusal(problemOf(error)));
  });
}

function problemOf({ code }: NodeJS.ErrnoException): RequestProblem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new RequestProblem('headers_too_large', 'The headers may have at most 16 KiB, and be at most 1,000.');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new RequestProblem('payload_too_large', 'The body’s chunks have too many extensions.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RequestProblem('request_timeout', 'The request did not come to its end in time.');
    default:
      return malformed();
  }
}

function malformed(): RequestProblem {
  return new RequestProblem('invalid_request', 'The request is not well-formed HTTP.');
}

function unexpected(): RequestProblem {
  return new RequestProblem('expectation_failed', 'Of all that Expect can ask for, 100-continue alone is known.');
}

/** How long the other side may take to read why it is shown out. */
const FAREWELL_MS = 1_000;

function refuse(socket: Socket, { status, headers: fields, text }: Refusal): void {
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.setTimeout(FAREWELL_MS, () => socket.destroy());
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${text}`);
  socket.destroySoon();
}

function refusalBy(problem: RequestProblem, headers: readonly FixedHeader[]) {
  const requestId = randomUUID();
  // Whatever address it was for is not known, or not to be believed.
  const body = problemBody(problem, '/', requestId);
  const text = JSON.stringify(body);
  return {
    status: body.status,
    text,
    headers: {
      Connection: 'close',
      'Content-Type': 'application/problem+json; charset=utf-8',
      'Content-Length': String(Buffer.byteLength(text)),
      'X-Request-Id': requestId,
      ...Object.fromEntries(headers),
    },
  };
}
