import { SystemStatus } from '@roleforge/contracts';
import { type StatusNeeds, statusHandlers } from '../handlers/status.ts';
import { openRoute, type Route } from '../http/route.ts';

/** What everybody may ask. */
export function statusRoutes(needs: StatusNeeds): Route[] {
  return [
    openRoute(
      {
        method: 'get',
        path: '/v1/status',
        operationId: 'readStatus',
        tag: 'Status',
        summary: 'See how the system does',
        description:
          'Looked at about once a second, whoever asks; nothing of any tenant’s is in it. Answers 200 also while parts do not answer: what is not known is ' +
          'null. With `Accept: text/event-stream` it is a stream of `status` events, one whenever something has changed.',
        replies: { 200: { description: 'As it was seen last', body: SystemStatus, stream: SystemStatus } },
      },
      statusHandlers(needs).read,
    ),
  ];
}
