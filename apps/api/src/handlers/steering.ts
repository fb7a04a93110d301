import type { ChangeCreation, CreationId, CreationStatus, TenantId } from '@roleforge/contracts';
import { type Database, findCreation } from '@roleforge/db';
import { allows, type CreationRecord, isTerminal, presentCreation } from '@roleforge/domain';
import type { SteeredCreation, Steering } from '@roleforge/steering';
import { notFound, RequestProblem } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';
import type { ReserveRoom } from '../limits/room-for-creations.ts';

type ById = { creationId: CreationId };
type Call<B = unknown> = (input: Input<ById, unknown, B>, caller: Caller) => Promise<Reply>;

export type SteeringHandlerNeeds = { database: Database; steering: Steering; reserveRoom: ReserveRoom };

/** The calls by which its owner steers one creation. */
export function steeringHandlers({ database, steering, reserveRoom }: SteeringHandlerNeeds) {
  /** `fulfilled` tells in which states a wish that changed nothing was fulfilled already. */
  function control(
    wish: (tenantId: TenantId, id: CreationId) => Promise<SteeredCreation>,
    fulfilled: (status: CreationStatus, pauseRequested: boolean) => boolean,
    allowed: string,
  ): Call {
    return async ({ params }, { tenantId }) => {
      const steered = await wish(tenantId, params.creationId);
      if (steered === null) throw notFound('role creation');
      const { outcome, record } = steered;
      if (outcome === 'refused' && !fulfilled(record.status, record.pauseRequested)) throw refused(record, allowed);
      const toBeAnswered = record.status === 'cancelling' || record.pauseRequested;
      return { status: toBeAnswered ? 202 : 200, body: presentCreation(record) };
    };
  }

  const retriable = 'only a role creation that failed, was cancelled, or expired can be retried';
  const retry = control(steering.retry, () => false, retriable);

  /** @throws RequestProblem where there would be nothing to retry, room or no room */
  async function assertRetriable({ params }: Input<ById, unknown, unknown>, { tenantId }: Caller): Promise<void> {
    const record = await findCreation(database, tenantId, params.creationId);
    if (record === null) throw notFound('role creation');
    if (!allows(record.status, 'restart')) throw refused(record, retriable);
  }

  return {
    cancel: control(
      steering.cancel,
      status => status === 'cancelled' || status === 'cancelling',
      'only a role creation that waits or runs can be cancelled',
    ),
    pause: control(
      steering.pause,
      status => status === 'held',
      'only a role creation that waits or runs can be paused',
    ),
    resume: control(
      steering.resume,
      status => !isTerminal(status) && status !== 'cancelling',
      'only a role creation that is held can be resumed',
    ),
    /** It waits again, and so has to have room among those that wait. */
    retry: (async (input, caller) => {
      const room = await reserveRoom(caller, ['waiting'], 1);
      try {
        if (room.refusal !== null) {
          await assertRetriable(input, caller);
          throw room.refusal;
        }
        const reply = await retry(input, caller);
        room.settle(true);
        return reply;
      } finally {
        room.settle(false);
      }
    }) satisfies Call,
    change: (async ({ params, body }, { tenantId }) => {
      const steered = await steering.changePriority(tenantId, params.creationId, body.priority);
      if (steered === null) throw notFound('role creation');
      const { outcome, record } = steered;
      if (outcome === 'refused') throw refused(record, 'the priority can be changed of a role creation that waits');
      return { status: 200, body: presentCreation(record) };
    }) satisfies Call<ChangeCreation>,
  };
}

function refused({ status }: CreationRecord, allowed: string): RequestProblem {
  return new RequestProblem('conflict', `It is ${status}: ${allowed}.`);
}
