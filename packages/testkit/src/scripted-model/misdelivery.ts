import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type ChatRequest, type Completion, completionBody, completionEvents } from './chat-completion.ts';
import type { BrokenTurn } from './turns.ts';

/** Plays a turn that no client should have to expect. Streamed where the request asks for that. */
export async function misdeliver(
  turn: BrokenTurn,
  request: ChatRequest,
  completion: Completion,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  const streamed = request.stream === true;
  const type = { 'content-type': streamed ? 'text/event-stream' : 'application/json' };
  switch (turn.kind) {
    case 'emptyBody':
      response.writeHead(200, type).end();
      return;
    case 'halfStream': {
      const whole = streamed
        ? completionEvents(completion, 10, false).slice(0, 6).join('')
        : JSON.stringify(completionBody(completion));
      response.writeHead(200, type).write(streamed ? whole : whole.slice(0, whole.length >> 1));
      if (!turn.goesOn) response.end();
      return;
    }
    case 'sseError': {
      const error = { error: { message: 'Scripted trouble', type: 'server_error', param: null, code: null } };
      const [first = '', second = ''] = completionEvents(completion, 10, false);
      const body = streamed ? `${first}${second}data: ${JSON.stringify(error)}\n\n` : JSON.stringify(error);
      response.writeHead(200, type).end(body);
      return;
    }
    case 'huge':
      if (turn.as === 'html') response.writeHead(200, { 'content-type': 'text/html' });
      else response.writeHead(200, type);
      return pour(hugePieces(turn.as, streamed, completion), response, gone);
  }
}

const HUGE_BYTES = 10 * 1024 * 1024;
const PIECE = 'lorem ipsum '.repeat(4_096);

function* hugePieces(as: 'html' | 'answer', streamed: boolean, completion: Completion): Generator<string> {
  const event = (content: string) =>
    streamed
      ? `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
      : content;
  if (as === 'html') yield '<!doctype html><title>';
  else if (streamed) yield event('{"name":"');
  else yield `${JSON.stringify(completionBody({ ...completion, content: '' })).split('""')[0]}"`;
  for (let sent = 0; sent < HUGE_BYTES; sent += PIECE.length) yield as === 'html' ? PIECE : event(PIECE);
}

/** As fast as it is taken, until all is sent or the client has gone. */
async function pour(pieces: Iterable<string>, response: ServerResponse, gone: AbortSignal): Promise<void> {
  for (const piece of pieces) {
    if (gone.aborted) return;
    if (!response.write(piece)) await once(response, 'drain', { signal: gone }).catch(() => undefined);
  }
  response.end();
}
