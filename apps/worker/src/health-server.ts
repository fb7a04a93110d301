import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { METRICS_PATH, type MetricsPage } from '@roleforge/telemetry';
import type { Readiness } from './readiness.ts';

type Pages = { readiness: Pick<Readiness, 'look'>; metrics: MetricsPage };

/**
 * Answers on a port of the worker's own. `/livez`: the process answers. `/readyz`: it takes jobs; if not, why and since when. `/metrics`:
 * what Prometheus reads of it.
 */
export async function startHealthServer(port: number, { readiness, metrics }: Pages): Promise<Server> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    switch (request.url?.split('?')[0]) {
      case '/livez':
        return send(200, { status: 'ok' });
      case '/readyz': {
        const { ready, status, checks } = await readiness.look();
        return send(ready ? 200 : 503, { status, checks });
      }
      case METRICS_PATH: {
        if (!metrics.admits(request.headers.authorization)) {
          response.setHeader('www-authenticate', 'Bearer realm="roleforge-metrics"');
          return send(401, { status: 'send METRICS_API_KEY as Authorization: Bearer <key>' });
        }
        const text = await metrics.read();
        response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text);
        return;
      }
      default:
        return send(404, { status: 'unknown address' });
    }
  };
  // A page that cannot be made is no reason for the worker to stop.
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  return server;
}
