import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newTenantId, newWebhookEndpointId, OWN_ADDRESS_LANES, receiverOf } from './index.ts';

const tenantId = newTenantId();
const own = (url: string) => receiverOf(tenantId, { endpointId: null, url });

describe('a receiver', () => {
  test('is an endpoint of one tenant, wherever it is', () => {
    const endpointId = newWebhookEndpointId();
    expect(receiverOf(tenantId, { endpointId })).toBe(receiverOf(tenantId, { endpointId }));
    expect(receiverOf(tenantId, { endpointId })).not.toBe(receiverOf(tenantId, { endpointId: newWebhookEndpointId() }));
    expect(receiverOf(tenantId, { endpointId })).not.toBe(receiverOf(newTenantId(), { endpointId }));
  });

  test('is one for all addresses of a host that creations name, and not another tenant’s', () => {
    expect(own('https://example.com/a?x=1')).toBe(own('https://EXAMPLE.com:443/b'));
    expect(own('https://example.com/')).not.toBe(
      receiverOf(newTenantId(), { endpointId: null, url: 'https://example.com/' }),
    );
  });

  test('is one of few, however many hosts are named', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string()), url => {
        seen.add(own(url));
        return seen.size <= OWN_ADDRESS_LANES;
      }),
    );
    for (let n = 0; n < 100; n += 1) seen.add(own(`https://customer-${n}.example.com/hooks`));
    expect(seen.size).toBe(OWN_ADDRESS_LANES);
  });
});
