/** What is wrong, and since when. */
export type Finding = { status: string; since: Date };

/** Looks at one thing that the worker cannot do without; null where nothing is wrong with it. */
type Check = () => Promise<Finding | null>;

export type Readiness = {
  /** The worker takes jobs from now on. */
  started(): void;
  /** It takes no more. */
  stopping(): void;
  /** Whether it is ready for jobs, and what each check found. */
  look(): Promise<{ ready: boolean; status: string; checks: Record<string, { status: string; since?: Date }> }>;
};

export function createReadiness(checks: Record<string, Check>, clock: () => Date): Readiness {
  let phase: 'starting' | 'started' | 'stopping' = 'starting';
  let since = clock();
  const enter = (next: typeof phase) => {
    phase = next;
    since = clock();
  };
  return {
    started: () => enter('started'),
    stopping: () => enter('stopping'),
    async look() {
      // While it starts and stops, there is one thing to say.
      if (phase !== 'started') return { ready: false, status: phase, checks: { worker: { status: phase, since } } };
      const found = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, (await check()) ?? { status: 'ok' }] as const),
      );
      const ready = found.every(([, { status }]) => status === 'ok');
      return { ready, status: ready ? 'ok' : 'not ready', checks: Object.fromEntries(found) };
    },
  };
}

/** A check that something answers. `since` is when it was first found not to. */
export function whileAnswering(ask: () => Promise<unknown>, clock: () => Date): Check {
  let since: Date | null = null;
  return async () => {
    try {
      await ask();
      since = null;
      return null;
    } catch {
      since ??= clock();
      return { status: 'no answer', since };
    }
  };
}
