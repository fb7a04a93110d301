import { once } from 'node:events';
import type { Request, Response } from 'express';
import { openEventStream } from './event-stream.ts';
import { problemBody, type RequestProblem } from './problem.ts';
import type { Reply } from './route.ts';

/** Answers a request with what its handler returned. Only this file and the event streams that it opens write to a response. */
export async function send(request: Request, response: Response, reply: Reply): Promise<void> {
  if ('stream' in reply) {
    response.setHeader('Content-Type', 'text/event-stream');
    if (request.method === 'HEAD') return void response.end();
    // The caller may have gone while its handler was looking.
    if (response.destroyed) return;
    reply.stream(openEventStream(response));
    return void (await once(response, 'close'));
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
