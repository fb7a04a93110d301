import { LRUCache } from 'lru-cache';

/**
 * How long it is believed what was said of a key, a token or a tenant, in milliseconds: so long may a revoked key still work. A stream that
 * is opened in the last moment is found at the next look at open streams, half a second later, and so within two seconds as well.
 */
const BELIEVED_MS = 1_000;
const MOST_FOUND = 10_000;
/** Few, and apart from the others: whoever tries one key after the other must not push out those of good clients. */
const MOST_MISSED = 1_000;

type Options<Q, A> = {
  /** Null where there is nothing. What it throws is thrown to all who asked, and not remembered. */
  ask: (question: Q, now: Date) => Promise<A | null>;
  /** When the answer ends by itself; it is believed no longer than that. */
  endOf?: (answer: A) => Date | undefined;
  clock: () => Date;
};

type Belief<A> = { answer: A; asked: number; until: number };

/** Asks `question`, which is known by `name`: two with the same name have the same answer. */
export type Beliefs<Q, A> = (name: string, question: Q) => Promise<A | null>;

/**
 * Answers that are believed for a moment, also the answer that there is nothing. Those who ask the same while it is being asked share one
 * question: hundreds of requests whose key is not believed any more in one moment are one query. An answer is believed from the moment
 * of the question, not from that of the answer: what has changed since then is not in it.
 */
export function createBeliefs<Q, A extends object>({ ask, endOf, clock }: Options<Q, A>): Beliefs<Q, A> {
  const found = new LRUCache<string, Belief<A>>({ max: MOST_FOUND });
  const missed = new LRUCache<string, Belief<null>>({ max: MOST_MISSED });
  const asking = new Map<string, Promise<A | null>>();

  async function askNow(name: string, question: Q, now: Date): Promise<A | null> {
    const answer = await ask(question, now);
    const asked = now.getTime();
    const until = asked + BELIEVED_MS;
    if (answer === null) {
      found.delete(name);
      missed.set(name, { answer, asked, until });
    } else found.set(name, { answer, asked, until: Math.min(until, endOf?.(answer)?.getTime() ?? until) });
    return answer;
  }

  return async (name, question) => {
    const now = clock();
    const believed = found.get(name) ?? missed.get(name);
    if (believed !== undefined && holds(believed, now.getTime())) return believed.answer;
    const asked = asking.get(name);
    if (asked !== undefined) return asked;
    const answer = askNow(name, question, now).finally(() => asking.delete(name));
    asking.set(name, answer);
    return answer;
  };
}

/** A clock that was set back does not make a belief last. */
function holds({ asked, until }: Belief<unknown>, now: number): boolean {
  return asked <= now && now < until;
}
