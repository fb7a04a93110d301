import { describe, expect, test } from '@jest/globals';
import { type CreationId, type RoleId, type TaskId, WebhookBody } from '@roleforge/contracts';
import { endEvent, wantsEvent, webhookBody } from './webhook-body.ts';

const ENDED = {
  id: 'rc_01jd8z0m3x5v7w9y1b3d5f7h9k' as CreationId,
  taskId: 'tea-shop' as TaskId,
  roleId: 'role_7k2m4p6r8t0v1x3z5b7d9f1h3j' as RoleId,
  roleVersion: 3,
  status: 'succeeded',
  finishedAt: new Date('2031-05-05T12:00:00.456Z'),
  metadata: { 茶: '🍵' },
} as const;

describe('the body of a webhook', () => {
  test('is what the contract says, and no more', () => {
    const text = webhookBody(ENDED);
    expect(WebhookBody.parse(JSON.parse(text))).toEqual(JSON.parse(text));
    expect(JSON.parse(text)).toMatchObject({ type: 'role_creation.succeeded', timestamp: '2031-05-05T12:00:00.456Z' });
  });

  test('stays under 20 kB: metadata for which there is no room is left out', () => {
    const metadata = (length: number) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`k${n}`, '茶'.repeat(length)]));
    expect(JSON.parse(webhookBody({ ...ENDED, metadata: metadata(300) })).data.metadata).toEqual(metadata(300));
    const text = webhookBody({ ...ENDED, metadata: metadata(500) });
    expect(WebhookBody.parse(JSON.parse(text)).data).toMatchObject({ id: ENDED.id, metadata: {} });
  });

  test('is not made of a creation that has not ended', () => {
    expect(() => webhookBody({ ...ENDED, status: 'running' })).toThrow('has not ended');
  });
});

test('who names no events wants all of them', () => {
  expect([undefined, null].map(events => wantsEvent(events, endEvent('failed')))).toEqual([true, true]);
  expect(wantsEvent(['role_creation.failed'], endEvent('failed'))).toBe(true);
  expect(wantsEvent(['role_creation.failed'], endEvent('expired'))).toBe(false);
});
