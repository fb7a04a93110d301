import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ChatRequest,
  type Completion,
  completionBody,
  completionEvents,
  countTokens,
  messageText,
  slices,
} from './chat-completion.ts';
import { misdeliver } from './misdelivery.ts';
import { plausibleRole } from './plausible-role.ts';
import type { Pace, ScriptedTurn, ScriptedUsage } from './turns.ts';

/** Plays one turn on one response. `gone` is aborted when the client ends the connection. */
export async function deliver(
  turn: ScriptedTurn,
  request: ChatRequest,
  id: string,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  const completion = (
    content: string,
    finishReason: Completion['finishReason'],
    usage?: ScriptedUsage,
  ): Completion => ({
    id,
    model: request.model ?? 'scripted-1',
    content,
    finishReason,
    usage: usage ?? { promptTokens: countTokens(messageText(request)), completionTokens: countTokens(content) },
  });
  const answer = (content: string, finishReason: Completion['finishReason'], pace: Pace = {}, usage?: ScriptedUsage) =>
    write(response, request, pace, gone, completion(content, finishReason, usage));
  switch (turn.kind) {
    case 'answer':
      return answer(textOf(turn.content ?? plausibleRole(messageText(request))), 'stop', turn, turn.usage);
    case 'truncated': {
      const whole = textOf(plausibleRole(messageText(request)));
      return answer(whole.slice(0, whole.length >> 1), 'length');
    }
    case 'contentFilter':
      return answer('', 'content_filter');
    case 'rateLimited':
      return send(response, 429, errorBody('Too many requests', 'rate_limit_exceeded'), {
        ...(turn.retryAfter === undefined ? {} : { 'retry-after': String(turn.retryAfter) }),
      });
    case 'status':
      return send(response, turn.status, turn.body ?? errorBody(`Scripted ${turn.status}`, null), turn.headers);
    case 'wrongShape':
      return send(response, 200, { result: 'ok' });
    case 'notJson':
      return send(response, 200, '<!doctype html><title>Welcome</title>', { 'content-type': 'text/html' });
    case 'cut':
      if (turn.at === 'headers') response.destroy();
      else cutMidBody(response, messageText(request));
      return;
    case 'hang':
      return;
    case 'wrongLanguage':
      return answer(textOf(plausibleRole(messageText(request), { otherLanguage: true })), 'stop');
    default:
      return misdeliver(turn, request, completion(textOf(plausibleRole(messageText(request))), 'stop'), response, gone);
  }
}

async function write(
  response: ServerResponse,
  request: ChatRequest,
  { delayMs = 0, gate, chunks = 1 }: Pace,
  gone: AbortSignal,
  completion: Completion,
): Promise<void> {
  if (delayMs > 0) await delay(delayMs, undefined, { signal: gone }).catch(() => undefined);
  await gate;
  if (gone.aborted) return;
  if (request.stream === true) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    const includeUsage = request.stream_options?.include_usage === true;
    for (const event of completionEvents(completion, chunks, includeUsage)) response.write(event);
    response.end();
    return;
  }
  const body = JSON.stringify(completionBody(completion));
  response.writeHead(200, { 'content-type': 'application/json' });
  for (const piece of slices(body, chunks)) response.write(piece);
  response.end();
}

function send(response: ServerResponse, status: number, body: string | object, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(textOf(body));
}

/** The length that is announced is never reached, so the client cannot take the half for the whole. */
function cutMidBody(response: ServerResponse, text: string): void {
  const body = textOf(plausibleRole(text));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.write(body.slice(0, body.length >> 1), () => response.destroy());
}

function textOf(content: string | object): string {
  return typeof content === 'string' ? content : JSON.stringify(content);
}

function errorBody(message: string, code: string | null): object {
  return { error: { message, type: 'scripted', param: null, code } };
}
