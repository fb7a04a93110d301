import { expect, test } from '@jest/globals';
import { limitsBeyond } from './access.ts';

const OWN = { requestsPerSecond: 5, burst: 10 };

test.each([
  ['no limits, where there are none of one’s own', {}, {}, []],
  ['any limits, where there are none of one’s own', { requestsPerSecond: 100 }, {}, []],
  ['any limits, where a burst alone limits nothing', { requestsPerSecond: 100 }, { burst: 1 }, []],
  ['the same', OWN, OWN, []],
  ['less', { requestsPerSecond: 1, burst: 1 }, OWN, []],
  ['a burst that is what comes in a second', { requestsPerSecond: 5 }, OWN, []],
  ['no limits', {}, OWN, ['requestsPerSecond']],
  ['a burst alone, which limits nothing', { burst: 1 }, OWN, ['requestsPerSecond']],
  ['more requests', { requestsPerSecond: 5.1, burst: 10 }, OWN, ['requestsPerSecond']],
  ['more at once', { requestsPerSecond: 5, burst: 11 }, OWN, ['burst']],
  ['more at once than comes in a second', { requestsPerSecond: 5, burst: 6 }, { requestsPerSecond: 5 }, ['burst']],
  ['more of both', { requestsPerSecond: 11 }, OWN, ['requestsPerSecond', 'burst']],
] as const)('what goes beyond: %s', (_, wanted, own, beyond) => {
  expect(limitsBeyond(wanted, own)).toEqual(beyond);
});
