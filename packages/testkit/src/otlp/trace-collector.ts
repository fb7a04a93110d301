import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type CollectedSpan, readSpans } from './read-spans.ts';

/** A collector of traces: a real HTTP server that takes OTLP as protobuf. */
export type TraceCollector = {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  endpoint: string;
  /** All spans that came so far. */
  spans(): readonly CollectedSpan[];
  /** All that came so far, byte for byte. */
  bytes(): Buffer;
  /** The headers of each request. */
  requests: readonly IncomingHttpHeaders[];
  /** How many connections were ever made to it. */
  connections(): number;
  /** Answers with this status from now on; or not at all. */
  answerWith(status: number | 'nothing'): void;
  /** Resolves when the spans that came are such. */
  until(such: (spans: readonly CollectedSpan[]) => boolean): Promise<void>;
  close(): Promise<void>;
};

/** Starts a collector on a port of its own. */
export async function startTraceCollector(): Promise<TraceCollector> {
  const bodies: Buffer[] = [];
  const spans: CollectedSpan[] = [];
  const requests: IncomingHttpHeaders[] = [];
  const waiting = new Set<() => void>();
  let answer: number | 'nothing' = 200;
  let connections = 0;

  const server = createServer(async (request, response) => {
    const body = await buffer(request).catch(() => null);
    if (body === null) return;
    requests.push(request.headers);
    if (answer === 'nothing') return;
    if (request.url === '/v1/traces' && answer === 200) {
      bodies.push(body);
      spans.push(...readSpans(body));
    }
    response.writeHead(request.url === '/v1/traces' ? answer : 404, { 'content-type': 'application/x-protobuf' }).end();
    for (const look of waiting) look();
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => spans,
    bytes: () => Buffer.concat(bodies),
    requests,
    connections: () => connections,
    answerWith(status) {
      answer = status;
    },
    until: such =>
      new Promise(resolve => {
        const look = () => {
          if (!such(spans)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
