import {
  Creation,
  CreationEvent,
  CreationEventPage,
  CreationId,
  CreationListQuery,
  CreationPage,
  EventListQuery,
  Explanation,
  SubmitCreation,
} from '@roleforge/contracts';
import { z } from 'zod';
import { type EventNeeds, eventHandlers } from '../handlers/creation-events.ts';
import { type CreationNeeds, creationHandlers } from '../handlers/creations.ts';
import { type ErasingNeeds, erasingHandlers } from '../handlers/erasing.ts';
import { type Route, route } from '../http/route.ts';

const byCreation = z.object({ creationId: CreationId });
const tag = 'Role creations';

export function creationRoutes(needs: CreationNeeds & EventNeeds & ErasingNeeds): Route[] {
  const creations = creationHandlers(needs);
  const { events } = eventHandlers(needs);
  const { eraseCreation } = erasingHandlers(needs);
  return [
    route(
      {
        method: 'post',
        path: '/v1/role-creations',
        operationId: 'submitCreation',
        tag,
        summary: 'Ask for a role',
        description:
          'Answered as soon as the request is committed; workers do the rest. `Location` is where to look, and `links.events` where to listen. ' +
          'A `webhook` is kept with the creation; delivering it is not part of this release.',
        body: SubmitCreation,
        replies: {
          202: { description: 'Committed', body: Creation, headers: z.object({ Location: z.string() }) },
        },
        problems: ['unknown_strategy'],
      },
      creations.submit,
    ),
    route(
      {
        method: 'get',
        path: '/v1/role-creations',
        operationId: 'listCreations',
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
        tag,
        summary: 'Delete a role creation that has ended',
        description:
          'Erases it with everything stored with it: the sources and metadata that it was given, the drafts that it kept, its events. ' +
          'Remembered answers that hold it are erased too: a submission, or a whole batch, that is repeated under the same ' +
          '`Idempotency-Key` counts as new. The role that it made stays. One that has not ended answers 409: cancel it first.',
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
        tag,
        summary: 'Follow a role creation',
        description:
          'Server-sent events, resumed by `Last-Event-ID`, until the creation ends. With `?after=` or `Accept: application/json`, the events so far as a page of JSON.',
        params: byCreation,
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
