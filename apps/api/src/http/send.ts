import type { CreationEvent } from '@roleforge/contracts';
import { createSession } from 'better-sse';
import type { Request, Response } from 'express';
import { problemBody, type RequestProblem } from './problem.ts';
import type { Reply } from './route.ts';

/** How long a client waits before it connects again, and how often a silent stream says that it is alive, in milliseconds. */
const SSE_RETRY_MS = 2_000;
const SSE_KEEP_ALIVE_MS = 15_000;

/** Answers a request with what its handler returned. The only file that writes to a response. */
export async function send(request: Request, response: Response, reply: Reply): Promise<void> {
  if ('events' in reply) {
    if (request.method !== 'HEAD') return sendEvents(request, response, reply.events);
    response.setHeader('Content-Type', 'text/event-stream');
    return void response.end();
  }
  const { status, body, headers } = reply;
  response.statusCode = status;
  for (const name in headers) response.setHeader(name, headers[name] as string);
  if (body === undefined) return void response.end();
  const text = JSON.stringify(body);
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

export async function sendProblem(
  request: Request,
  response: Response,
  problem: RequestProblem,
  requestId: string,
): Promise<void> {
  if (response.headersSent) return void response.destroy();
  const body = problemBody(problem, request.originalUrl.split('?')[0] ?? '/', requestId);
  // Rest of a body that nobody will read: the connection cannot be used again.
  const unread: Record<string, string> = request.complete ? {} : { Connection: 'close' };
  await send(request, response, {
    status: body.status,
    body,
    headers: { 'Content-Type': 'application/problem+json; charset=utf-8', ...unread, ...problem.headers },
  });
}

async function sendEvents(request: Request, response: Response, events: AsyncIterable<CreationEvent>): Promise<void> {
  const session = await createSession(request, response, {
    retry: SSE_RETRY_MS,
    keepAlive: SSE_KEEP_ALIVE_MS,
    trustClientEventId: false,
    headers: { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
  });
  for await (const event of events) {
    if (!session.isConnected) return;
    session.push(event, event.type, String(event.id));
  }
  response.end();
}
