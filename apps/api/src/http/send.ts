import { hash } from 'node:crypto';
import { once } from 'node:events';
import { create as contentDisposition } from 'content-disposition';
import type { Request, Response } from 'express';
import { openEventStream } from './event-stream.ts';
import { problemBody, type RequestProblem } from './problem.ts';
import type { FileReply, Reply } from './route.ts';

/** Answers a request with what its handler returned. Only this file and the event streams that it opens write to a response. */
export async function send(request: Request, response: Response, reply: Reply): Promise<void> {
  if ('stream' in reply) {
    response.setHeader('Content-Type', 'text/event-stream');
    // The caller may have gone while its handler was looking.
    if (request.method === 'HEAD' || response.destroyed) {
      reply.notBegun?.();
      return void response.end();
    }
    reply.stream(openEventStream(response));
    return void (await once(response, 'close'));
  }
  if ('content' in reply) return sendFile(request, response, reply);
  const { status, body, headers } = reply;
  response.statusCode = status;
  for (const name in headers) setHeader(response, name, headers[name] as string);
  if (body === undefined) return void response.end();
  const text = JSON.stringify(body);
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

/** Rate limits are lists: what a handler says of its own is added to what all calls say. */
function setHeader(response: Response, name: string, value: string): void {
  const before = name.startsWith('RateLimit') ? response.getHeader(name) : undefined;
  response.setHeader(name, before === undefined ? value : `${before}, ${value}`);
}

function sendFile(
  request: Request,
  response: Response,
  { content, contentType, filename, asciiFilename }: FileReply,
): void {
  const etag = `"${hash('sha256', content, 'base64url')}"`;
  response.setHeader('ETag', etag);
  // A caller may keep it, and has to ask each time whether it still holds.
  response.setHeader('Cache-Control', 'private, no-cache');
  response.statusCode = isNamed(etag, request.headers['if-none-match']) ? 304 : 200;
  if (response.statusCode === 304) return void response.end();
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Disposition', contentDisposition(filename, { fallback: asciiFilename }));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Length', Buffer.byteLength(content));
  response.end(content);
}

/**
 * Whether If-None-Match names the ETag, which has no comma in it. Express's `fresh` would not say so to a `fetch`, which
 * sends `Cache-Control: no-cache` along.
 */
function isNamed(etag: string, ifNoneMatch: string | undefined): boolean {
  const named = (ifNoneMatch ?? '').split(',').map(tag => tag.trim().replace(/^W\//, ''));
  return named.includes(etag) || named[0] === '*';
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
