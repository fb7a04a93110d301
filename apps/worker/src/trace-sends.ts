import type { Tracing } from '@roleforge/telemetry';
import type { Sender } from '@roleforge/webhooks';

/**
 * A sender each of whose posts is a span, which the receiver is told of. Of the address only the host is in it: what stands behind
 * that may be a secret of the tenant's.
 */
export function traceSends(send: Sender, tracing: Pick<Tracing, 'span'>): Sender {
  return (delivery, signal) => {
    const target = URL.parse(delivery.url);
    const fields = {
      'http.request.method': 'POST',
      'server.address': target?.hostname,
      'server.port': target === null || target.port === '' ? null : Number(target.port),
    };
    return tracing.span('POST', { kind: 'client', fields }, async span => {
      const traceparent = span.traceparent ?? delivery.traceparent;
      const made = await send({ ...delivery, traceparent }, signal);
      span.set({ 'http.response.status_code': made.statusCode, 'roleforge.delivery.outcome': made.outcome });
      if (made.outcome !== 'delivered') span.fail(made.outcome);
      return made;
    });
  };
}
