import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

test.each([-2_500, 2_500])(
  'a program loaded with it has its clock off by %d ms, and dates otherwise as they are',
  ms => {
    const clock = `${new URL('./fixtures/shifted-clock.ts', import.meta.url).href}?ms=${ms}`;
    const script = `const now = new Date();
    console.log(JSON.stringify([Date.now(), now.getTime(), now instanceof Date, new Date(0).toISOString(), Date.UTC(2030, 0)]))`;
    const before = Date.now();
    const printed = JSON.parse(execFileSync(process.execPath, ['--import', clock, '-e', script], { encoding: 'utf8' }));
    const after = Date.now();
    for (const at of printed.slice(0, 2)) {
      expect(at - ms).toBeGreaterThanOrEqual(before);
      expect(at - ms).toBeLessThanOrEqual(after);
    }
    expect(printed.slice(2)).toEqual([true, '1970-01-01T00:00:00.000Z', Date.UTC(2030, 0)]);
  },
);
