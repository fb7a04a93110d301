import {
  BulkId,
  BulkOperation,
  ChangeCreation,
  ControlBody,
  Creation,
  CreationId,
  SubmitBulk,
} from '@roleforge/contracts';
import { z } from 'zod';
import { type BulkNeeds, bulkHandlers } from '../handlers/bulk.ts';
import { type SteeringHandlerNeeds, steeringHandlers } from '../handlers/steering.ts';
import { type Route, route } from '../http/route.ts';

const byCreation = z.object({ creationId: CreationId });
const tag = 'Steering';
const done = { 200: { description: 'Done', body: Creation } };
const asked = { 202: { description: 'Asked for: the worker that has it in hand has still to answer', body: Creation } };

export type SteeringNeeds = BulkNeeds & SteeringHandlerNeeds;

/** How an owner steers role creations: one by one, and many at once. */
export function steeringRoutes(needs: SteeringNeeds): Route[] {
  const bulk = bulkHandlers(needs);
  const creation = steeringHandlers(needs);
  const control = (call: 'cancel' | 'pause' | 'resume' | 'retry', summary: string, description: string) =>
    route(
      {
        method: 'post',
        path: `/v1/role-creations/{creationId}/${call}`,
        operationId: `${call}Creation`,
        scope: 'creations:write',
        tag,
        summary,
        description,
        params: byCreation,
        body: ControlBody,
        replies: call === 'cancel' || call === 'pause' ? { ...done, ...asked } : done,
        problems: call === 'retry' ? ['not_found', 'conflict', 'limit_reached'] : ['not_found', 'conflict'],
      },
      creation[call],
    );
  return [
    control(
      'cancel',
      'Cancel a role creation',
      'One that waits is cancelled at once; of one that runs the call of the model is broken off, and it is `cancelling` until its worker has answered. ' +
        '`cancellation` then says where it was stopped, what it had used and what was kept. Cancelling twice is harmless; one that has ended answers 409.',
    ),
    control(
      'pause',
      'Hold a role creation',
      'One that waits is held at once; one that runs, when its worker comes to the end of a step. It goes on from there when it is resumed. Pausing twice is harmless.',
    ),
    control(
      'resume',
      'Let a held role creation go on',
      'It does not wait for what was left of a pause between two attempts. Resuming one that is not held is harmless; one that has ended answers 409.',
    ),
    control(
      'retry',
      'Begin a failed, cancelled or expired role creation again',
      'Under the same id, with its attempts and its deadline counted anew. A model’s answer that has been paid for is kept; without one the sources are read again. ' +
        'It counts as one that waits; where the tenant’s limit of those is reached, the answer is 429 `limit_reached`. A bulk retry is not held to that limit.',
    ),
    route(
      {
        method: 'patch',
        path: '/v1/role-creations/{creationId}',
        operationId: 'changeCreation',
        scope: 'creations:write',
        tag,
        summary: 'Change the priority of a role creation that waits',
        description: 'It goes to the end of its new class.',
        params: byCreation,
        body: ChangeCreation,
        replies: { 200: { description: 'Changed', body: Creation } },
        problems: ['not_found', 'conflict'],
      },
      creation.change,
    ),
    route(
      {
        method: 'post',
        path: '/v1/role-creations/bulk',
        operationId: 'submitBulk',
        scope: 'creations:write',
        tag,
        summary: 'Cancel or retry many role creations',
        description:
          'Applies to all that the filter matches and to which the action applies when it comes to them, in the order of their acceptance; ' +
          'what is submitted after the call is left alone. `links.self` shows how far it has come. A dry run only counts: it is answered with 200, ' +
          'and has neither an id nor a link.',
        body: SubmitBulk,
        replies: {
          200: {
            description: 'A dry run: `matched` is counted, nothing is committed; `id` is null, `state` is `dry_run`',
            body: BulkOperation,
          },
          202: { description: 'Committed', body: BulkOperation, headers: z.object({ Location: z.string() }) },
        },
      },
      bulk.submit,
    ),
    route(
      {
        method: 'get',
        path: '/v1/role-creations/bulk/{bulkId}',
        operationId: 'readBulk',
        scope: 'creations:read',
        tag,
        summary: 'See how far a bulk call has come',
        params: z.object({ bulkId: BulkId }),
        replies: { 200: { description: 'As it stands', body: BulkOperation } },
        problems: ['not_found'],
      },
      bulk.read,
    ),
  ];
}
