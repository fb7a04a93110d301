import { describe, expect, test } from '@jest/globals';
import { JOBS } from '@roleforge/contracts';
import { newTenantId } from '@roleforge/domain';
import { shownData, withoutTexts } from './shown-jobs.ts';

const DATA = { version: 1, tenantId: newTenantId(), requestId: 'req-1', traceparent: null };

describe('what is shown of a job', () => {
  test('is its data where the catalog knows all of it', () => {
    expect(shownData(JOBS.createRole.queue, DATA)).toEqual(DATA);
    expect(shownData(JOBS.reconcile.queue, { version: 1 })).toEqual({ version: 1 });
  });

  test.each([
    ['more than that', { ...DATA, baseInfo: 'what a customer wrote' }],
    ['another queue’s', { version: 2 }],
    ['nothing', null],
    ['a text', 'what a customer wrote'],
  ])('is not the data that is %s', (_, data) => {
    expect(shownData(JOBS.createRole.queue, data)).toEqual({ unreadable: true });
  });

  test('is the code of its failure, and no text or stack of an error, in lists and flows too', () => {
    const job = {
      id: 'rc_1',
      failedReason: "Duplicate entry 'what a customer wrote'",
      stacktrace: ['Error: at /srv/source.ts'],
      returnValue: { text: 'what a customer wrote' },
      data: { version: 1 },
      isFailed: true,
      finishedOn: null,
    };
    const shown = { ...job, failedReason: 'See the log of the worker.', stacktrace: [], returnValue: null };
    expect(withoutTexts({ job })).toEqual({ job: shown });
    expect(withoutTexts({ queues: [{ jobs: [job], isPaused: false }] })).toEqual({
      queues: [{ jobs: [shown], isPaused: false }],
    });
    expect(withoutTexts({ failedReason: 'base_info_missing' })).toEqual({ failedReason: 'base_info_missing' });
    expect(withoutTexts({ failedReason: undefined, deferredFailure: 'An Error' })).toEqual({
      failedReason: undefined,
      deferredFailure: 'See the log of the worker.',
    });
  });
});
