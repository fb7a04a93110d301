/**
 * All that is served of Bull Board's API: what shows queues and jobs and changes nothing. Whatever else it has, or comes to have, is
 * refused, by the method and by this list.
 */
const LOOKS: ReadonlySet<string> = new Set([
  '/api/redis/stats',
  '/api/queues',
  '/api/job-schedulers',
  '/api/queues/:queueName/metrics',
  '/api/queues/:queueName/default-job-options',
  '/api/queues/:queueName/workers',
  '/api/queues/:queueName/rate-limit',
  '/api/queues/:queueName/job-data-schema',
  '/api/queues/:queueName/:jobId/logs',
  '/api/queues/:queueName/:jobId/flow',
  '/api/queues/:queueName/:jobId',
]);

/** Whether a route of Bull Board's, as its own table has it, is served. */
export function isLook(method: string, route: string): boolean {
  return method.toLowerCase() === 'get' && LOOKS.has(route);
}
