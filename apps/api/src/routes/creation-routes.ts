import {
  Creation,
  CreationEvent,
  CreationEventPage,
  CreationId,
  CreationListQuery,
  CreationPage,
  EventListQuery,
  SubmitCreation,
} from '@roleforge/contracts';
import { z } from 'zod';
import { type EventNeeds, eventHandlers } from '../handlers/creation-events.ts';
import { type CreationNeeds, creationHandlers } from '../handlers/creations.ts';
import { type Route, route } from '../http/route.ts';

const byCreation = z.object({ creationId: CreationId });
const tag = 'Role creations';
const submitted = {
  body: Creation,
  headers: z.object({
    Location: z.string(),
    'Preference-Applied': z.string().optional().describe('What was made of `Prefer`'),
  }),
};
const lastSeen = z.object({
  'Last-Event-ID': z.string().optional().describe('The number of the event that was seen last; of a stream'),
});

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
          'With `Prefer: wait=N` (RFC 7240) the answer is put off for up to N seconds, 60 at most, and is 200 with the finished creation if it ends in that time. ' +
          'A `webhook` is kept with the creation; delivering it is not part of this release.',
        headers: z.object({ Prefer: z.string().optional().describe('`wait=N` (seconds) or `respond-async`') }),
        body: SubmitCreation,
        replies: {
          200: { description: 'Committed, and ended within the time that `Prefer` gives', ...submitted },
          202: { description: 'Committed', ...submitted },
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
        method: 'post',
        path: '/v1/role-creations/{creationId}/cancel',
        operationId: 'cancelCreation',
        tag,
        summary: 'Cancel a role creation that waits',
        description: 'Cancelling twice is harmless. One that runs or has ended answers 409.',
        params: byCreation,
        replies: { 200: { description: 'Cancelled', body: Creation } },
        problems: ['not_found', 'conflict'],
      },
      creations.cancel,
    ),
    route(
      {
        method: 'get',
        path: '/v1/role-creations/{creationId}/events',
        operationId: 'followCreation',
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
