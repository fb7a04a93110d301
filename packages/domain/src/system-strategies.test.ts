import { expect, test } from '@jest/globals';
import { Strategy, StrategyId } from '@roleforge/contracts';
import { systemStrategies, systemStrategy } from './system-strategies.ts';

test('the default strategy is there, and needs base info alone', () => {
  expect(systemStrategy(StrategyId.parse('default'))?.sources).toEqual({
    baseInfo: 'required',
    talkStyle: 'optional',
    knowledge: 'optional',
    products: 'optional',
  });
});

test('every system strategy is a valid strategy, found under its own name', () => {
  for (const strategy of systemStrategies()) {
    expect(Strategy.strict().parse(strategy)).toEqual(strategy);
    expect(systemStrategy(strategy.id)).toBe(strategy);
  }
});

test('there is none under another name', () => {
  expect(systemStrategy(StrategyId.parse('constructor'))).toBeNull();
});
