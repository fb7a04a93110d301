import { setTimeout as delay } from 'node:timers/promises';
import { type Client, heardIn, openClient, type Reply } from './client.ts';
import type { Answer, Wish } from './evidence.ts';
import { type Intention, type PlannedCreation, type PlannedRequest, planRequest } from './plan.ts';

/** A steady stream of submissions, sent at their times whether or not those before have been answered. */
export type Load = {
  /** How many creations were answered with 202 so far. */
  accepted(): number;
  /** Resolves as soon as so many were. */
  reached(accepted: number): Promise<void>;
  /** Sends no more, and resolves with all that was heard once the last answer has come and the last wish is told. */
  stop(): Promise<Heard>;
};

/** Every answer, those to repetitions too, and every wish of an owner's with the answer to it; both in order. */
export type Heard = { answers: Answer[]; wishes: Wish[] };

type Options = { url: string; apiKey: string; perSecond: number; latencyMs: number };

const TICK_MS = 10;
/** A request that is sent again after its answer is sent so much later: the fault may be in between. */
const SENT_AGAIN_AFTER_MS = 3_000;

/** @param perSecond creations, of which a batch asks for several at once */
export function startLoad({ perSecond, latencyMs, ...tenant }: Options): Load {
  const client = openClient(tenant);
  const answers: Answer[] = [];
  const wishes: Wish[] = [];
  const accepted = new Set<string>();
  const waiting = new Set<{ accepted: number; resolve: () => void }>();
  const underWay = new Set<Promise<void>>();
  let requests = 0;
  let creations = 0;

  const startedAt = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
    while (creations < due) {
      requests += 1;
      const planned = planRequest(requests, creations, latencyMs);
      creations += planned.creations.length;
      goOn(submit(planned));
    }
  }, TICK_MS);

  return {
    accepted: () => accepted.size,
    reached(target) {
      if (accepted.size >= target) return Promise.resolve();
      return new Promise(resolve => void waiting.add({ accepted: target, resolve }));
    },
    async stop() {
      clearInterval(timer);
      while (underWay.size > 0) await Promise.all(underWay);
      client.close();
      return { answers, wishes };
    },
  };

  function goOn(work: Promise<void>): void {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  }

  async function submit(planned: PlannedRequest): Promise<void> {
    for (const reply of await sendRequest(client, planned)) hear(planned, reply);
    if (planned.idempotencyKey === null || !planned.sentAgain) return;
    await delay(SENT_AGAIN_AFTER_MS);
    for (const reply of await sendRequest(client, planned)) hear(planned, reply);
  }

  function hear({ creations }: PlannedRequest, reply: Reply): void {
    const heard = answersIn(reply, creations);
    answers.push(...heard);
    for (const [index, answer] of heard.entries()) {
      if (!('creationId' in answer) || accepted.has(answer.marker)) continue;
      accepted.add(answer.marker);
      const { intention } = creations[index] as PlannedCreation;
      if (intention !== null) goOn(steer(answer.creationId, intention));
    }
    for (const one of waiting)
      if (accepted.size >= one.accepted) {
        waiting.delete(one);
        one.resolve();
      }
  }

  async function steer(creationId: string, intention: Intention): Promise<void> {
    await delay(intention.afterMs);
    await wish(creationId, intention.call);
    if (intention.call !== 'pause') return;
    await delay(intention.resumeAfterMs);
    await wish(creationId, 'resume');
  }

  async function wish(creationId: string, call: Wish['call']): Promise<void> {
    const askedAt = Date.now();
    const replies = await client.postUntilAnswered(`/v1/role-creations/${creationId}/${call}`, {});
    const last = replies.pop() as Reply;
    const unanswered = replies.map(heardIn);
    wishes.push({ creationId, call, askedAt, unanswered, answer: heardIn(last), answeredAt: last.at });
  }
}

/** With a key until it is answered; without one once, and never again: what was not answered with 202 counts as refused. */
export async function sendRequest(client: Client, planned: PlannedRequest): Promise<Reply[]> {
  const { path, body, idempotencyKey, requestId } = planned;
  const headers = { 'x-request-id': requestId };
  if (idempotencyKey === null) return [await client.post(path, body, headers)];
  return client.postUntilAnswered(path, body, { ...headers, 'idempotency-key': idempotencyKey });
}

type Accepted = { id: string };
type BatchAnswer = { items: { status: number; creation?: Accepted }[] };

/** One for each of the creations, in their order. */
export function answersIn(reply: Reply, creations: readonly PlannedCreation[]): Answer[] {
  const { at } = reply;
  if (!('status' in reply) || reply.status !== 202)
    return creations.map(({ marker }) => ({ marker, at, refusal: heardIn(reply) }));
  const body = reply.body as Accepted | BatchAnswer;
  const items = 'items' in body ? body.items : [{ status: 202, creation: body }];
  return creations.map(({ marker }, index) => {
    const { status, creation } = items[index] ?? { status: 'no such item' };
    return creation === undefined ? { marker, at, refusal: String(status) } : { marker, at, creationId: creation.id };
  });
}
