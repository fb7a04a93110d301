import type { MetricsPage } from '@roleforge/telemetry';
import type { RequestHandler } from 'express';
import { RequestProblem } from './http/problem.ts';

/** Serves the page of metrics to Prometheus. @throws RequestProblem 401 for one who shows no key of it */
export function metricsHandler(page: MetricsPage): RequestHandler {
  return async (request, response) => {
    if (!page.admits(request.headers.authorization)) throw notForYou();
    const text = await page.read();
    response.setHeader('Cache-Control', 'no-store');
    response.type(page.contentType).send(text);
  };
}

function notForYou(): RequestProblem {
  return new RequestProblem(
    'unauthenticated',
    'Send METRICS_API_KEY or the admin key as Authorization: Bearer <key>.',
    {
      headers: { 'WWW-Authenticate': 'Bearer realm="roleforge-metrics"' },
    },
  );
}
