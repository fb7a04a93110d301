import { describe, expect, test } from '@jest/globals';
import { CreationStatus, TERMINAL_EVENTS } from '@roleforge/contracts';
import {
  allows,
  isTerminal,
  isWaiting,
  stateAfter,
  statesAllowing,
  TERMINAL_STATES,
  type Transition,
} from './creation-states.ts';

/** The drawing above the table, read off once more. */
const DRAWN: Record<Transition, { from: CreationStatus[]; to: CreationStatus }> = {
  take: { from: ['queued', 'running', 'scheduled'], to: 'running' },
  retry: { from: ['running'], to: 'queued' },
  release: { from: ['running'], to: 'queued' },
  succeed: { from: ['running'], to: 'succeeded' },
  fail: { from: ['running'], to: 'failed' },
  expire: { from: ['running'], to: 'expired' },
  cancel: { from: ['held', 'queued', 'scheduled'], to: 'cancelled' },
};
const TRANSITIONS = Object.keys(DRAWN) as Transition[];

describe('the states of a creation', () => {
  test.each(TRANSITIONS)('%s is allowed exactly where the drawing has an arrow', transition => {
    const { from, to } = DRAWN[transition];
    expect(statesAllowing(transition).sort()).toEqual(from);
    expect(CreationStatus.options.filter(status => allows(status, transition)).sort()).toEqual(from);
    expect(stateAfter(transition)).toBe(to);
  });

  test.each(TERMINAL_STATES)('nothing leads out of %s', status => {
    expect(TRANSITIONS.filter(transition => allows(status, transition))).toEqual([]);
  });

  test('every state is waiting, being worked on, or terminal', () => {
    const kinds = CreationStatus.options.map(status => [status, isWaiting(status), isTerminal(status)]);
    expect(kinds).toEqual([
      ['scheduled', true, false],
      ['queued', true, false],
      ['held', true, false],
      ['running', false, false],
      ['cancelling', false, false],
      ['succeeded', false, true],
      ['failed', false, true],
      ['cancelled', false, true],
      ['expired', false, true],
    ]);
  });

  test('each terminal state has its event', () => {
    expect(TERMINAL_EVENTS).toEqual(TERMINAL_STATES.map(status => `role_creation.${status}`));
  });

  test('who asks for the allowed states cannot change the table', () => {
    statesAllowing('succeed').push('failed');
    expect(allows('failed', 'succeed')).toBe(false);
  });
});
