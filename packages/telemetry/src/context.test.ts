import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { capturedLog } from './captured-log.fixture.ts';
import { currentContext, inContext, type WorkContext } from './context.ts';

describe('the context of a piece of work', () => {
  test('is on every line that it logs, however deep, and on none outside', async () => {
    const { log, lines } = capturedLog();
    log.info('before');
    await inContext({ requestId: 'req-1', creationId: 'rc_1' }, async () => {
      log.info('at once');
      await nextTurn();
      log.info('later');
    });
    log.info('after');
    expect(lines().map(({ message, requestId, creationId }) => [message, requestId, creationId])).toEqual([
      ['before', undefined, undefined],
      ['at once', 'req-1', 'rc_1'],
      ['later', 'req-1', 'rc_1'],
      ['after', undefined, undefined],
    ]);
  });

  test('is not seen by work that goes on at the same time', async () => {
    const { log, lines } = capturedLog();
    const gate = Promise.withResolvers<void>();
    const work = (requestId: string) =>
      inContext({ requestId }, async () => {
        for (const turn of [1, 2, 3]) {
          log.info(requestId, { turn });
          await (turn === 1 ? gate.promise : nextTurn());
        }
      });
    const all = Promise.all(['a', 'b', 'c'].map(work));
    gate.resolve();
    await all;
    expect(lines()).toHaveLength(9);
    for (const { message, requestId } of lines()) expect(requestId).toBe(message);
  });

  test('has what is learnt later from then on', () => {
    const { log, lines } = capturedLog();
    const context: WorkContext = { requestId: 'req-1' };
    inContext(context, () => {
      log.info('arrived');
      context.tenantId = 'tenant_1';
      log.info('recognised');
    });
    expect(lines()).toMatchObject([{ message: 'arrived' }, { message: 'recognised', tenantId: 'tenant_1' }]);
    expect(lines()[0]).not.toHaveProperty('tenantId');
  });

  test('gives way to that of work within it, and comes back', () => {
    inContext({ requestId: 'outer' }, () => {
      expect(inContext({ creationId: 'rc_1' }, currentContext)).toEqual({ creationId: 'rc_1' });
      expect(currentContext()).toEqual({ requestId: 'outer' });
    });
    expect(currentContext()).toBeUndefined();
  });

  test('ends with work that throws', () => {
    expect(() =>
      inContext({ requestId: 'req-1' }, () => {
        throw new Error('failed');
      }),
    ).toThrow('failed');
    expect(currentContext()).toBeUndefined();
  });
});
