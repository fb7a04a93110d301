import { type CreationLimit, IDEMPOTENT_CALLS } from '@roleforge/domain';
import {
  type Accepted,
  acceptOnce,
  answeredBefore,
  type FindAnswer,
  type Offer,
  type Request,
} from '../accept-once.ts';
import type { Caller, Input } from '../http/route.ts';
import type { Intake } from '../intake.ts';
import type { ApiObserver } from '../observer.ts';
import type { Reservation, ReserveRoom } from './room-for-creations.ts';

export type LimitNeeds = Accepting & { findAnswer: FindAnswer; reserveRoom: ReserveRoom };

type Accepting = { intake: Intake; observer: Pick<ApiObserver, 'answeredAccepted' | 'accepted'> };

type Arrived = Request & Pick<Input<unknown, unknown, unknown>, 'arrivedAt'>;

/** The limits that a new creation counts against. */
export const LIMITS_OF_NEW: readonly CreationLimit[] = ['creationsPerDay', 'waiting', 'monthlyCostUsd'];

/**
 * As `acceptOnce`, for one creation and within its tenant's limits. A repetition of a request that was accepted gets its first answer
 * though a limit has been reached since, perhaps by just that request, and counts for nothing.
 * @throws RequestProblem as `acceptOnce`; 429 when there is no room
 */
export async function acceptWithinLimits<T extends object>(
  needs: LimitNeeds,
  request: Arrived,
  caller: Caller,
  offer: Offer<T>,
): Promise<Accepted<T>> {
  const { findAnswer, reserveRoom, observer } = needs;
  const room = await reserveRoom(caller, LIMITS_OF_NEW, offer.creations.length);
  if (room.refusal === null) return acceptReserved(needs, room, request, caller, offer);
  room.settle(false);
  if (request.headers['idempotency-key'] !== undefined) {
    // The first request with this key may be on its way.
    await room.othersSettled();
    const before = await answeredBefore<T>(findAnswer, request, caller, offer);
    if (before !== null) {
      tell(observer, request, offer);
      return withHeaders(before, room);
    }
  }
  throw room.refusal;
}

/** As `acceptOnce`, for creations that room has been kept for. */
export async function acceptReserved<T extends object>(
  { intake, observer }: Accepting,
  room: Reservation,
  request: Arrived,
  caller: Caller,
  offer: Offer<T>,
): Promise<Accepted<T>> {
  const counting: Pick<Intake, 'accept'> = {
    async accept(submission, bytes) {
      const outcome = await intake.accept(submission, bytes);
      room.settle(outcome.kind === 'accepted');
      if (outcome.kind === 'accepted') observer.accepted(submission.creations);
      return outcome;
    },
  };
  try {
    const accepted = await acceptOnce(counting, request, caller, offer);
    tell(observer, request, offer);
    return withHeaders(accepted, room);
  } finally {
    room.settle(false);
  }
}

function tell(
  observer: LimitNeeds['observer'],
  { arrivedAt }: Arrived,
  { scope }: Pick<Offer<unknown>, 'scope'>,
): void {
  const via = scope === IDEMPOTENT_CALLS.batch ? 'batch' : 'single';
  observer.answeredAccepted(via, performance.now() - arrivedAt);
}

function withHeaders<T>({ answer, headers }: Accepted<T>, room: Reservation): Accepted<T> {
  return { answer, headers: { ...headers, ...room.headers() } };
}
