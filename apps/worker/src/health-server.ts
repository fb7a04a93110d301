import { createServer, type Server } from 'node:http';
import type { Readiness } from './readiness.ts';

/** Answers on a port of the worker's own. `/livez`: the process answers. `/readyz`: it takes jobs; if not, why and since when. */
export async function startHealthServer(port: number, readiness: Pick<Readiness, 'look'>): Promise<Server> {
  const server = createServer(async (request, response) => {
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/livez') return send(200, { status: 'ok' });
    if (request.url !== '/readyz') return send(404, { status: 'unknown address' });
    const { ready, status, checks } = await readiness.look();
    send(ready ? 200 : 503, { status, checks });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  return server;
}
