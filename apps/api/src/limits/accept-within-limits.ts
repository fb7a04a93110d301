import type { CreationLimit } from '@roleforge/domain';
import {
  type Accepted,
  acceptOnce,
  answeredBefore,
  type FindAnswer,
  type Offer,
  type Request,
} from '../accept-once.ts';
import type { Caller } from '../http/route.ts';
import type { Intake } from '../intake.ts';
import type { Reservation, ReserveRoom } from './room-for-creations.ts';

export type LimitNeeds = { intake: Intake; findAnswer: FindAnswer; reserveRoom: ReserveRoom };

/** The limits that a new creation counts against. */
export const LIMITS_OF_NEW: readonly CreationLimit[] = ['creationsPerDay', 'waiting', 'monthlyCostUsd'];

/**
 * As `acceptOnce`, for one creation and within its tenant's limits. A repetition of a request that was accepted gets its first answer
 * though a limit has been reached since, perhaps by just that request, and counts for nothing.
 * @throws RequestProblem as `acceptOnce`; 429 when there is no room
 */
export async function acceptWithinLimits<T extends object>(
  { intake, findAnswer, reserveRoom }: LimitNeeds,
  request: Request,
  caller: Caller,
  offer: Offer<T>,
): Promise<Accepted<T>> {
  const room = await reserveRoom(caller, LIMITS_OF_NEW, offer.creations.length);
  if (room.refusal === null) return acceptReserved(intake, room, request, caller, offer);
  room.settle(false);
  if (request.headers['idempotency-key'] !== undefined) {
    // The first request with this key may be on its way.
    await room.othersSettled();
    const before = await answeredBefore<T>(findAnswer, request, caller, offer);
    if (before !== null) return withHeaders(before, room);
  }
  throw room.refusal;
}

/** As `acceptOnce`, for creations that room has been kept for. */
export async function acceptReserved<T extends object>(
  intake: Intake,
  room: Reservation,
  request: Request,
  caller: Caller,
  offer: Offer<T>,
): Promise<Accepted<T>> {
  const counting: Pick<Intake, 'accept'> = {
    async accept(submission, bytes) {
      const outcome = await intake.accept(submission, bytes);
      room.settle(outcome.kind === 'accepted');
      return outcome;
    },
  };
  try {
    return withHeaders(await acceptOnce(counting, request, caller, offer), room);
  } finally {
    room.settle(false);
  }
}

function withHeaders<T>({ answer, headers }: Accepted<T>, room: Reservation): Accepted<T> {
  return { answer, headers: { ...headers, ...room.headers() } };
}
