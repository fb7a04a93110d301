import { expect, test } from '@jest/globals';
import { foldMetricTexts, gaugesText } from './gauges-text.ts';

test('readings come as Prometheus text, with each label set and its value', async () => {
  const text = await gaugesText([
    {
      name: 'jobs',
      help: 'Jobs that wait',
      values: [
        { labels: { priority: 'high' }, value: 3 },
        { labels: { priority: 'low' }, value: 0 },
      ],
    },
    { name: 'up', help: 'Whether it answers', values: [{ value: 1 }] },
  ]);
  expect(text.trimEnd().split('\n').filter(Boolean)).toEqual([
    '# HELP jobs Jobs that wait',
    '# TYPE jobs gauge',
    'jobs{priority="high"} 3',
    'jobs{priority="low"} 0',
    '# HELP up Whether it answers',
    '# TYPE up gauge',
    'up 1',
  ]);
});

test('what was read once is not told again where it is not read', async () => {
  await gaugesText([{ name: 'once', help: 'x', values: [{ value: 1 }] }]);
  expect(await gaugesText([{ name: 'other', help: 'x', values: [{ value: 1 }] }])).not.toContain('once');
});

test('texts with the same metrics come to one, in which each is described once and has all its samples together', () => {
  const of = (queue: string) =>
    `# HELP n How many\n# TYPE n gauge\nn{queue="${queue}"} 1\n# HELP m Else\n# TYPE m counter\nm{queue="${queue}"} 2`;
  expect(foldMetricTexts([of('a'), of('b')]).split('\n')).toEqual([
    '# HELP n How many',
    '# TYPE n gauge',
    'n{queue="a"} 1',
    'n{queue="b"} 1',
    '# HELP m Else',
    '# TYPE m counter',
    'm{queue="a"} 2',
    'm{queue="b"} 2',
  ]);
});
