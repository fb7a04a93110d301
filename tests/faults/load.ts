import { Agent, request } from 'node:http';
import type { Answer } from './account.ts';

/** A steady stream of submissions, sent at their times whether or not those before have been answered. */
export type Load = {
  /** How many were answered with 202 so far. */
  accepted(): number;
  /** Resolves as soon as so many were. */
  reached(accepted: number): Promise<void>;
  /** Sends no more, and resolves with every answer once the last has come. */
  stop(): Promise<Answer[]>;
};

type Options = { url: string; apiKey: string; perSecond: number };

const TICK_MS = 10;
const ANSWER_WITHIN_MS = 10_000;
/** Fewer tasks than requests, so that creations meet at one role, whose versions must then be numbered without a gap. */
const TASKS = 500;

export function startLoad({ url, apiKey, perSecond }: Options): Load {
  const agent = new Agent({ keepAlive: true });
  const answers: Answer[] = [];
  const waiting = new Set<{ accepted: number; resolve: () => void }>();
  let accepted = 0;
  let sent = 0;
  let unanswered = 0;
  let onQuiet = () => {};

  const startedAt = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
    while (sent < due) {
      sent += 1;
      void submit(sent);
    }
  }, TICK_MS);

  return {
    accepted: () => accepted,
    reached(target) {
      if (accepted >= target) return Promise.resolve();
      return new Promise(resolve => void waiting.add({ accepted: target, resolve }));
    },
    async stop() {
      clearInterval(timer);
      const quiet = new Promise<void>(resolve => {
        onQuiet = resolve;
      });
      if (unanswered > 0) await quiet;
      agent.destroy();
      return answers;
    },
  };

  async function submit(n: number): Promise<void> {
    const marker = `r-${String(n).padStart(6, '0')}`;
    unanswered += 1;
    const outcome = await post(marker, `task-${n % TASKS}`);
    unanswered -= 1;
    answers.push({ marker, at: Date.now(), ...outcome });
    if ('creationId' in outcome) accepted += 1;
    for (const one of waiting)
      if (accepted >= one.accepted) {
        waiting.delete(one);
        one.resolve();
      }
    if (unanswered === 0) onQuiet();
  }

  /** Once, and never again: what was not answered with 202 counts as refused. */
  function post(marker: string, taskId: string): Promise<{ creationId: string } | { refusal: string }> {
    const body = JSON.stringify({ taskId, sources: { baseInfo: { name: marker, locale: 'en' } } });
    const headers = {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      // The ledger keeps it, so that a creation whose caller heard nothing can be told by its marker too.
      'x-request-id': marker,
    };
    return new Promise(resolve => {
      const refused = (refusal: string) => resolve({ refusal });
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const sending = request(`${url}/v1/role-creations`, { method: 'POST', agent, headers, signal }, response => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', chunk => {
          text += chunk;
        });
        response.on('error', () => refused('broken off'));
        response.on('end', () => {
          if (response.statusCode !== 202) return refused(String(response.statusCode));
          resolve({ creationId: (JSON.parse(text) as { id: string }).id });
        });
      });
      sending.on('error', (error: NodeJS.ErrnoException) => refused(error.code ?? error.name));
      sending.end(body);
    });
  }
}
