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
import { type Route, route } from '../http/route.ts';

const byCreation = z.object({ creationId: CreationId });
const tag = 'Role creations';

export function creationRoutes(needs: CreationNeeds & EventNeeds): Route[] {
  const creations = creationHandlers(needs);
  const { events } = eventHandlers(needs);
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
