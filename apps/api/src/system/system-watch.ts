import { randomUUID } from 'node:crypto';
import { type IncidentCode, SystemStatus } from '@roleforge/contracts';
import {
  advanceIncidents,
  currentIncidents,
  EMPTY_INCIDENT_LOG,
  findIncidents,
  type IncidentLog,
  mergeIncidents,
  type SystemSample,
} from '@roleforge/domain';
import type { Claim, SystemBoard } from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';
import { presentStatus } from './present-status.ts';
import type { TakeSample } from './take-sample.ts';

/** How often the system is looked at, in milliseconds. */
const LOOK_EVERY_MS = 1_000;
/** What another process saw is believed for so long, in milliseconds: it looks anew within that, or it hangs. */
const BELIEVED_MS = 3_000;

type Needs = {
  board: SystemBoard;
  takeSample: TakeSample;
  version: string;
  log: Logger;
  everyMs?: number;
};

/** What a process knows of the whole system. `own` is null where another process looked; `holder` is the one that looks for all. */
export type Seen = { status: SystemStatus; own: { sample: SystemSample } | null; holder: boolean };

export type SystemWatch = {
  /** As it was seen last; waits for the first look alone, and for no store after that. */
  seen(): Promise<Seen>;
  /** Has `hear` called after each look. Returns the way to end that. */
  listen(hear: (seen: Seen) => void): () => void;
  stop(): Promise<void>;
};

/**
 * Looks at the system once a second, however many ask, and one process for all: the one that holds the lease takes the sample, keeps
 * the log of incidents and publishes both; the others read it. A process that cannot read it looks for itself, and what it saw to be wrong
 * meanwhile comes into the log once it holds the lease.
 */
export function startSystemWatch(needs: Needs): SystemWatch {
  const { board, takeSample, version, log, everyMs = LOOK_EVERY_MS } = needs;
  const id = randomUUID();
  const listeners = new Set<(seen: Seen) => void>();
  let incidents: IncidentLog = EMPTY_INCIDENT_LOG;
  /** Whether the log has been kept without Redis since it was published last. */
  let kept = false;
  let known: ReadonlyMap<string, IncidentCode> = new Map();
  let last: Seen | null = null;
  let looking: Promise<Seen> | null = null;

  async function lookOnce(): Promise<Seen> {
    const claim = await board.claim(id).catch(() => null);
    const others = claim === null ? null : readPublished(claim);
    if (others !== null) {
      kept = false;
      return { status: others, own: null, holder: false };
    }
    const sample = await takeSample(claim !== null);
    const stored = readLog(claim?.incidents ?? null);
    if (claim !== null) incidents = kept ? mergeIncidents(stored, incidents, sample.at) : stored;
    incidents = advanceIncidents(incidents, findIncidents(sample), sample.at);
    kept = claim === null || kept;
    const current = currentIncidents(incidents, sample.at);
    const status = presentStatus({ sample, current, recent: incidents.past, version });
    if (claim?.holder) {
      const published = { status: JSON.stringify(status), incidents: JSON.stringify(incidents) };
      if (await board.publish(id, published).catch(() => false)) kept = false;
    }
    tell(current);
    return { status, own: { sample }, holder: claim?.holder ?? false };
  }

  /** By whoever looked: a line when an incident begins, and one when it is over. */
  function tell(current: readonly { id: string; code: IncidentCode; message: string }[]): void {
    const before = known;
    known = new Map(current.map(({ id, code }) => [id, code]));
    for (const { id, code, message } of current)
      if (!before.has(id)) log.warn('incident', { code, incident: id, detail: message });
    for (const [id, code] of before) if (!known.has(id)) log.info('incident over', { code, incident: id });
  }

  function look(): Promise<Seen> {
    looking ??= lookOnce()
      .then(seen => {
        last = seen;
        for (const hear of listeners) hear(seen);
        return seen;
      })
      .finally(() => {
        looking = null;
      });
    return looking;
  }

  const lookQuietly = () => void look().catch(error => log.error('the system was not looked at', { error }));
  const timer = setInterval(lookQuietly, everyMs);
  timer.unref();
  lookQuietly();

  return {
    seen: async () => last ?? look(),
    listen(hear) {
      listeners.add(hear);
      return () => void listeners.delete(hear);
    },
    async stop() {
      clearInterval(timer);
      await looking?.catch(() => {});
      await board.release(id).catch(() => {});
    },
  };
}

/** What the holder published, if it is another process, fresh, and of a release that says what this one knows. */
function readPublished({ holder, status }: Claim): SystemStatus | null {
  if (holder || status === null || status.ageMs > BELIEVED_MS) return null;
  return SystemStatus.safeParse(parse(status.text)).data ?? null;
}

function readLog(text: string | null): IncidentLog {
  const read = parse(text) as Partial<IncidentLog> | null;
  return Array.isArray(read?.open) && Array.isArray(read.past) ? (read as IncidentLog) : EMPTY_INCIDENT_LOG;
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
