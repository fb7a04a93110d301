import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What came of one request: a status, and the body of a 2xx; or why there was neither. */
export type Reply = { at: number } & ({ status: number; body: unknown } | { broken: string });

/** A tenant's program. */
export type Client = {
  /** Once, and never again. */
  post(path: string, body: object, headers?: Record<string, string>): Promise<Reply>;
  /** Again and again while it is answered with 503 or not at all; resolves with every reply, of which the last is the answer. */
  postUntilAnswered(path: string, body: object, headers?: Record<string, string>): Promise<Reply[]>;
  close(): void;
};

const ANSWER_WITHIN_MS = 10_000;
const AGAIN_AFTER_MS = 500;
/** Then it is given up, and the last reply is whatever it is. */
const GIVEN_UP_AFTER_MS = 120_000;

export function openClient({ url, apiKey }: { url: string; apiKey: string }): Client {
  const agent = new Agent({ keepAlive: true });

  function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Reply> {
    const text = JSON.stringify(body);
    const own = {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    };
    return new Promise(resolve => {
      const broken = (cause: string) => resolve({ at: Date.now(), broken: cause });
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const options = { method: 'POST', agent, headers: { ...own, ...headers }, signal };
      const sending = request(`${url}${path}`, options, response => {
        const { statusCode: status = 0 } = response;
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', chunk => {
          answer += chunk;
        });
        response.on('error', () => broken('broken off'));
        response.on('end', () =>
          resolve({ at: Date.now(), status, body: status < 300 ? JSON.parse(answer) : undefined }),
        );
      });
      sending.on('error', (error: NodeJS.ErrnoException) => broken(error.code ?? error.name));
      sending.end(text);
    });
  }

  return {
    post,
    async postUntilAnswered(path, body, headers) {
      const givenUpAt = performance.now() + GIVEN_UP_AFTER_MS;
      const replies = [await post(path, body, headers)];
      while (isUnanswered(replies.at(-1) as Reply) && performance.now() < givenUpAt) {
        await delay(AGAIN_AFTER_MS);
        replies.push(await post(path, body, headers));
      }
      return replies;
    },
    close: () => agent.destroy(),
  };
}

/** The status, or why there was none. */
export function heardIn(reply: Reply): string {
  return 'status' in reply ? String(reply.status) : reply.broken;
}

function isUnanswered(reply: Reply): boolean {
  return !('status' in reply) || reply.status === 503;
}
