import { z } from 'zod';
import { Priority } from './creations.ts';

const at = z.iso.datetime();
const count = z.int().min(0);
const seconds = z.number().min(0);

export const SystemOutlook = z
  .enum(['operational', 'degraded', 'down', 'paused'])
  .describe(
    '`degraded`: accepted, but made late or not at all for now; `down`: nothing is accepted; `paused`: the operator has nothing begun',
  );
export type SystemOutlook = z.infer<typeof SystemOutlook>;

export const IncidentSeverity = z.enum(['critical', 'major', 'minor', 'info']);
export type IncidentSeverity = z.infer<typeof IncidentSeverity>;

export const IncidentCode = z.enum([
  'mysql_away',
  'redis_away',
  'system_paused',
  'no_workers',
  'nothing_taken',
  'waiting_too_long',
  'ledger_and_queue_apart',
  'breaker_open',
  'provider_limited',
  'webhook_backlog',
  'eviction_policy',
  'redis_memory',
]);
export type IncidentCode = z.infer<typeof IncidentCode>;

/** Something that is wrong, or was. */
export const Incident = z
  .object({
    id: z.string().describe('The code, and for what: one incident for each at a time'),
    code: IncidentCode,
    severity: IncidentSeverity,
    message: z.string().describe('One sentence for people'),
    since: at,
    endedAt: at.nullable().describe('Null while it lasts'),
  })
  .meta({ id: 'Incident' });
export type Incident = z.infer<typeof Incident>;

const Answering = z.enum(['ok', 'no_answer']);

/** How long something took for those of the last minute, in milliseconds; null where there were none. */
const Latency = z
  .object({ p50Ms: z.number().nullable(), p95Ms: z.number().nullable() })
  .describe('Of those of the last minute: not above this, as far as it is counted; null where there were none');

const QueueClass = z.object({
  priority: Priority,
  waiting: count.describe('Wait their turn: neither scheduled, nor held, nor kept out by a cap'),
  oldestWaitingSeconds: seconds.describe('Of those; 0 where none waits'),
});

const QueueStatus = z.object({
  paused: z.boolean(),
  waiting: count.describe('Wait their turn'),
  scheduled: count.describe('Wait for a time: their own, or that of another attempt'),
  parked: count.describe('Wait until others of their tenant end'),
  running: count.describe('In a worker’s hand'),
  classes: z.array(QueueClass),
});

export const WorkerPhase = z.enum(['working', 'stopping', 'unknown']);
export type WorkerPhase = z.infer<typeof WorkerPhase>;

const WorkerStatus = z.object({
  id: z.string().describe('Different for each start of a process; no name of a host'),
  state: WorkerPhase.describe('`unknown`: a former release’s, which does not say'),
  version: z.string().nullable(),
  startedAt: at.nullable(),
  concurrency: count.nullable().describe('Creations that it has in hand at most'),
  inHand: z
    .object({ gathering: count, writing: count, saving: count })
    .nullable()
    .describe('Creations that it works on, by step'),
  longestInHandSeconds: seconds.nullable(),
});

const Throughput = z.object({
  startsPerSecond: z.number().min(0),
  endsPerSecond: z.number().min(0),
  spanSeconds: z.int().describe('How long each of `recent` is'),
  recent: z.array(z.object({ starts: count, ends: count })).describe('The last minute, the oldest first'),
});

const ProviderStatus = z.object({
  provider: z.string().describe('As it is configured; `default` where that is an address'),
  model: z.string(),
  breaker: z.enum(['closed', 'half_open', 'open']).describe('`open`: it fails, and is not asked'),
  openUntil: at.nullable(),
  limitedUntil: at.nullable().describe('Until then the provider wants no calls'),
});

/** How the system as a whole does: nothing of any tenant’s is in it. */
export const SystemStatus = z
  .object({
    object: z.literal('status'),
    status: SystemOutlook,
    sampledAt: at,
    accepting: z.boolean().describe('Whether new requests are accepted'),
    version: z.string(),
    stores: z.object({ mysql: Answering, redis: Answering }),
    accept: z.object({ perSecond: z.number().min(0), latency: Latency }).nullable(),
    queue: QueueStatus.nullable().describe('Null while Redis does not answer'),
    throughput: Throughput.nullable(),
    pickup: Latency.nullable().describe('From when a creation could be begun to when it was'),
    workers: z.array(WorkerStatus).nullable(),
    creations: z
      .object({ scheduled: count, queued: count, held: count, running: count, cancelling: count, atLeast: z.boolean() })
      .nullable()
      .describe('Unfinished ones by the ledger; `atLeast`: there are more than were counted. Null while MySQL is away'),
    providers: z.array(ProviderStatus).nullable().describe('Empty where roles are written without a model'),
    webhooks: z
      .object({ pending: count, due: count, oldestDueSeconds: seconds, atLeast: z.boolean() })
      .nullable()
      .describe('Messages that have not been delivered; `due` ones should be on their way'),
    redis: z
      .object({ memoryUsed: z.number().min(0).nullable(), evictionPolicyOk: z.boolean() })
      .nullable()
      .describe('`memoryUsed`: the part of its limit; null where it has none'),
    incidents: z.object({ current: z.array(Incident), recent: z.array(Incident) }),
  })
  .meta({ id: 'SystemStatus' });
export type SystemStatus = z.infer<typeof SystemStatus>;
