import {
  BatchResult,
  Creation,
  CreationEvent,
  CreationEventPage,
  CreationId,
  CreationListQuery,
  CreationPage,
  EventListQuery,
  Explanation,
  SubmitBatch,
  SubmitCreation,
} from '@roleforge/contracts';
import { z } from 'zod';
import { type EventNeeds, eventHandlers } from '../handlers/creation-events.ts';
import { type CreationNeeds, creationHandlers } from '../handlers/creations.ts';
import { type ErasingNeeds, erasingHandlers } from '../handlers/erasing.ts';
import { BATCH_PATH, type SubmissionNeeds, submissionHandlers } from '../handlers/submissions.ts';
import { type Route, route } from '../http/route.ts';
import { idempotencyKey, replayed, submissionHeaders, submissionReplies } from './submission-headers.ts';

const byCreation = z.object({ creationId: CreationId });
const tag = 'Role creations';
const lastSeen = z.object({
  'Last-Event-ID': z.string().optional().describe('The number of the event that was seen last; of a stream'),
});

export function creationRoutes(needs: CreationNeeds & EventNeeds & SubmissionNeeds & ErasingNeeds): Route[] {
  const creations = creationHandlers(needs);
  const submissions = submissionHandlers(needs);
  const { events } = eventHandlers(needs);
  const { eraseCreation } = erasingHandlers(needs);
  return [
    route(
      {
        method: 'post',
        path: '/v1/role-creations',
        operationId: 'submitCreation',
        scope: 'creations:write',
        tag,
        summary: 'Ask for a role',
        description:
          'Answered as soon as the request is committed; workers do the rest. `Location` is where to look, and `links.events` where to listen. ' +
          'With `Prefer: wait=N` (RFC 7240) the answer is put off for up to N seconds, 60 at most, and is 200 with the finished creation if it ends in that time. ' +
          'A `webhook` is told of the end of this creation, besides the tenant’s own endpoints: see `webhooks` in this document for what is sent. It is ' +
          'signed with the secret that `GET /v1/webhook-secret` shows, and `links.deliveries` lists what was sent and what came back.',
        headers: submissionHeaders,
        body: SubmitCreation,
        sourceAt: ['sources'],
        replies: submissionReplies,
        problems: [
          'unknown_strategy',
          'unknown_model',
          'address_not_allowed',
          'idempotency_key_reused',
          'limit_reached',
        ],
      },
      submissions.submit,
    ),
    route(
      {
        method: 'post',
        path: BATCH_PATH,
        operationId: 'submitBatch',
        scope: 'creations:write',
        tag,
        summary: 'Ask for up to 1,000 roles',
        description:
          'Each item is judged as if it had been sent alone, and a bad one fails alone: its result is the problem that it would have got, ' +
          'with pointers into the whole body (`/items/3/taskId`). Those that are right are committed together, in the order of the items, which ' +
          'is the order of their ids. The answer is 202 whenever the batch itself is well formed, even if no item was accepted: `accepted` and ' +
          '`refused` count them. The body may have 1 MiB, as all bodies. An `Idempotency-Key` stands for the whole batch. ' +
          'Where a limit of the tenant leaves room for some of the items, those are the first; each of the others has 429 `limit_reached` as its result. ' +
          'Send them again under a new key: under the old one the whole batch gets its first answer.',
        headers: idempotencyKey,
        body: SubmitBatch,
        replies: {
          202: {
            description: 'Judged, and committed as far as it is right',
            body: BatchResult,
            headers: z.object(replayed),
          },
        },
        problems: ['idempotency_key_reused'],
      },
      submissions.submitBatch,
    ),
    route(
      {
        method: 'get',
        path: '/v1/role-creations',
        operationId: 'listCreations',
        scope: 'creations:read',
        tag,
        summary: 'List role creations, newest first',
        query: CreationListQuery,
        replies: { 200: { description: 'A page', body: CreationPage } },
      },
      creations.list,
    ),
    route(
      {
        method: 'get',
        path: '/v1/role-creations/{creationId}',
        operationId: 'readCreation',
        scope: 'creations:read',
        tag,
        summary: 'See how a role creation stands',
        params: byCreation,
        replies: { 200: { description: 'As it stands', body: Creation } },
        problems: ['not_found'],
      },
      creations.read,
    ),
    route(
      {
        method: 'delete',
        path: '/v1/role-creations/{creationId}',
        operationId: 'deleteCreation',
        scope: 'creations:write',
        tag,
        summary: 'Delete a role creation that has ended',
        description:
          'Erases it with everything stored with it: the sources and metadata that it was given, the drafts that it kept, its events. ' +
          'Remembered answers that hold it are erased too: a submission, or a whole batch, that is repeated under the same ' +
          '`Idempotency-Key` counts as new. The role that it made stays, and it still counts for `creationsPerDay`. One that has not ended answers 409: cancel it first.',
        params: byCreation,
        replies: { 204: { description: 'Erased' } },
        problems: ['not_found', 'conflict'],
      },
      eraseCreation,
    ),
    route(
      {
        method: 'get',
        path: '/v1/role-creations/{creationId}/explain',
        operationId: 'explainCreation',
        scope: 'creations:read',
        tag,
        summary: 'See why a role creation is not being worked on',
        params: byCreation,
        replies: { 200: { description: 'The reasons, the most decisive first', body: Explanation } },
        problems: ['not_found'],
      },
      creations.explain,
    ),
    route(
      {
        method: 'get',
        path: '/v1/role-creations/{creationId}/events',
        operationId: 'followCreation',
        scope: 'creations:read',
        tag,
        summary: 'Follow a role creation',
        description:
          'Server-sent events, resumed by `Last-Event-ID`, until the creation ends. With `?after=`, `?cursor=` or `Accept: application/json`, the events so far as a page of JSON. ' +
          'Numbers rise, by one unless the log was lost in between. `nextCursor` stands for the number of the last event on the page: `?after=` with that number gives the same next page; ' +
          'it is null on the last page, after which `?after=` with the number of the last event finds what has happened since. A creation that has ended can be begun again: the log then goes on.',
        params: byCreation,
        headers: lastSeen,
        query: EventListQuery,
        replies: {
          200: {
            description: 'A stream, each `data` one event; or a page of them',
            body: CreationEventPage,
            stream: CreationEvent,
          },
          204: { description: 'The creation has ended and the caller has seen the end' },
        },
        problems: ['not_found'],
      },
      events,
    ),
  ];
}
