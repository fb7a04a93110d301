import type { CreationId } from '@roleforge/contracts';
import {
  countAccepted,
  createSourceStore,
  createStrategyStore,
  findIdempotentAnswer,
  readTenantTallies,
} from '@roleforge/db';
import { refusalOf } from '@roleforge/egress/refusal';
import { createEventFeed, createEventLog, createLogLevels, createWorkforce, publishControl } from '@roleforge/queue';
import { createNotifyEnd, createSteering, shareOutTo } from '@roleforge/steering';
import type { Logger } from '@roleforge/telemetry';
import type { BesideRequests } from './beside-requests.ts';
import { type ApiConfig, type Connections, onTroubleOf } from './connections.ts';
import { createReadSince } from './following/creation-story.ts';
import { createAnswerAsPreferred } from './following/finished-in-time.ts';
import { createFollow } from './following/follow.ts';
import { createRounds } from './following/rounds.ts';
import { createWelcome } from './following/welcome.ts';
import { createKeyKeeping } from './key-keeping.ts';
import { createRoomForCreations } from './limits/room-for-creations.ts';
import { createTallyReader } from './limits/tally-reader.ts';
import { createMissingModel } from './missing-model.ts';
import type { ApiObserver } from './observer.ts';
import type { operatorRoutes } from './routes/operator-routes.ts';
import type { tenantRoutes } from './routes/tenant-routes.ts';
import { createStrategyLookup } from './strategy-lookup.ts';
import { createWorkforceLookup } from './workforce-lookup.ts';

/** All that the handlers of the calls need. */
export type RouteNeeds = Parameters<typeof tenantRoutes>[0] & Parameters<typeof operatorRoutes>[0];

type Given = {
  config: ApiConfig;
  connections: Connections;
  beside: Pick<BesideRequests, 'intake' | 'behind' | 'forgetCopies'>;
  /** Ends streams and waits when it is aborted. */
  stopping: AbortSignal;
  observer: ApiObserver;
  log: Logger;
  clock: () => Date;
};

/** How long a stream goes at most without a sign of life, and a silent one without a look at log and ledger. */
const FOLLOWERS_ROUND_MS = 15_000;

/** Puts together what the handlers need. Nothing of it is open by itself: it works on what was opened before. */
export function createRouteNeeds({ config, connections, beside, stopping, observer, log, clock }: Given): RouteNeeds {
  const { queuePrefix, ai, webhookTargets, apiKeyPeppers: peppers } = config;
  const { database, readList, redis, listening, queue, bulkQueue, webhookQueue } = connections;
  const { intake, behind, forgetCopies } = beside;
  const strategies = createStrategyStore(database, clock);
  const missingModel = createMissingModel(ai);
  const events = createEventLog(redis, queuePrefix, clock);
  const tellWorker = (id: CreationId) => publishControl(redis, queuePrefix, id);
  const notifyEnd = createNotifyEnd(database, webhookQueue);
  const readSince = createReadSince(database, events);
  const follow = createFollow({
    feed: createEventFeed(listening, queuePrefix, onTroubleOf(log)),
    readSince,
    rounds: createRounds(FOLLOWERS_ROUND_MS),
  });
  const welcome = createWelcome({ database, log, clock });
  return {
    database,
    readList,
    intake,
    observer,
    reserveRoom: createRoomForCreations({
      readTallies: createTallyReader({
        read: (tenantId, now, names) => readTenantTallies(database, tenantId, now, names),
        countAccepted: (tenantId, period) => countAccepted(database, tenantId, period),
      }),
      clock,
    }),
    findAnswer: key => findIdempotentAnswer(database, key),
    queue,
    bulkQueue,
    webhookQueue,
    refusedUrl: url => refusalOf(url, webhookTargets),
    events,
    behind,
    logLevels: createLogLevels(redis, queuePrefix),
    steering: createSteering({ database, queue, events, tellWorker, notifyEnd, onEnd: observer.ended, clock }),
    sources: createSourceStore(database, clock),
    forgetCopies,
    strategies,
    missingModel,
    catalog: ai,
    strategyLookup: createStrategyLookup({ strategies, missingModel, clock }),
    workforce: createWorkforceLookup(createWorkforce(redis, queuePrefix)),
    readSince,
    follow,
    welcome,
    answerAsPreferred: createAnswerAsPreferred({ follow, welcome, stopping }),
    stopping,
    peppers,
    sharesChanged: tenantId => shareOutTo({ database, queue, clock }, tenantId),
    keyKeeping: createKeyKeeping({ database, peppers, clock }),
    clock,
  };
}
