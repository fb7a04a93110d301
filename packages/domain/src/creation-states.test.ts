import { describe, expect, test } from '@jest/globals';
import { CreationStatus, TERMINAL_EVENTS } from '@roleforge/contracts';
import {
  allows,
  isLegalChange,
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
  fallDue: { from: ['scheduled'], to: 'queued' },
  retry: { from: ['running'], to: 'queued' },
  release: { from: ['running'], to: 'queued' },
  succeed: { from: ['running'], to: 'succeeded' },
  fail: { from: ['running'], to: 'failed' },
  expire: { from: ['running'], to: 'expired' },
  lapse: { from: ['held', 'queued', 'scheduled'], to: 'expired' },
  cancel: { from: ['held', 'queued', 'scheduled'], to: 'cancelled' },
  askToCancel: { from: ['running'], to: 'cancelling' },
  concede: { from: ['cancelling'], to: 'cancelled' },
  pause: { from: ['queued', 'scheduled'], to: 'held' },
  hold: { from: ['running'], to: 'held' },
  resume: { from: ['held'], to: 'queued' },
  postpone: { from: ['held'], to: 'scheduled' },
  restart: { from: ['cancelled', 'expired', 'failed'], to: 'queued' },
  restartLater: { from: ['cancelled', 'expired', 'failed'], to: 'scheduled' },
};
/** What only a creation's owner can bring about. */
const WISHES: Transition[] = ['restart', 'restartLater'];
const TRANSITIONS = Object.keys(DRAWN) as Transition[];

describe('the states of a creation', () => {
  test.each(TRANSITIONS)('%s is allowed exactly where the drawing has an arrow', transition => {
    const { from, to } = DRAWN[transition];
    expect(statesAllowing(transition).sort()).toEqual(from);
    expect(CreationStatus.options.filter(status => allows(status, transition)).sort()).toEqual(from);
    expect(stateAfter(transition)).toBe(to);
  });

  test.each(TERMINAL_STATES)('out of %s nothing leads by itself', status => {
    expect(TRANSITIONS.filter(transition => allows(status, transition) && !WISHES.includes(transition))).toEqual([]);
  });

  test('out of success nothing leads at all', () => {
    expect(TRANSITIONS.filter(transition => allows('succeeded', transition))).toEqual([]);
    expect(CreationStatus.options.filter(to => isLegalChange('succeeded', to))).toEqual([]);
  });

  test('a change from one state to another is legal where a transition makes it', () => {
    expect(isLegalChange('running', 'cancelling')).toBe(true);
    expect(isLegalChange('running', 'cancelled')).toBe(false);
    expect(isLegalChange('queued', 'succeeded')).toBe(false);
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
