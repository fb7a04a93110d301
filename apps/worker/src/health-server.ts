import { createServer, type Server } from 'node:http';

/** Answers `/livez` and `/readyz` on a port of the worker's own. `checks` resolve when what they stand for answers. */
export async function startHealthServer(port: number, checks: Record<string, () => Promise<void>>): Promise<Server> {
  const server = createServer(async (request, response) => {
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/livez') return send(200, { status: 'ok' });
    if (request.url !== '/readyz') return send(404, { status: 'unknown address' });
    const results = await Promise.allSettled(Object.values(checks).map(check => check()));
    const states = Object.fromEntries(
      Object.keys(checks).map((name, index) => [name, results[index]?.status === 'fulfilled' ? 'ok' : 'no answer']),
    );
    const ready = results.every(({ status }) => status === 'fulfilled');
    send(ready ? 200 : 503, { status: ready ? 'ok' : 'not ready', checks: states });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  return server;
}
