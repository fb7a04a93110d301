import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';

const PROGRAM = fileURLToPath(new URL('./fixtures/service.ts', import.meta.url));

type Line = { message: string; cause?: string; level: string; error?: { message: string } };

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** Starts the service as a process whose lines can be awaited. */
function service(behaviour: string, { channel = true } = {}) {
  const child = spawn(process.execPath, [PROGRAM, behaviour], {
    stdio: ['ignore', 'pipe', 'pipe', ...(channel ? (['ipc'] as const) : [])],
  });
  started.push(child);
  if (!child.stdout || !child.stderr) throw new Error('no pipes');
  const lines: Line[] = [];
  const output = createInterface({ input: child.stdout }).on('line', line => lines.push(JSON.parse(line)));
  const complaint = text(child.stderr);
  // Not 'close': it does not come where this side has closed the channel.
  const gone = Promise.all([once(child, 'exit'), once(output, 'close'), complaint]);
  return {
    child,
    /** Resolves when the service has logged this message. */
    async says(message: string): Promise<void> {
      while (!lines.some(line => line.message === message)) await Promise.race([once(output, 'line'), ended()]);
    },
    /** Resolves with how the process ended, and all that it wrote. */
    async end() {
      const [[code, signal], , complained] = await gone;
      return { code, signal, lines, said: lines.map(({ message }) => message), complaint: complained };
    },
  };

  async function ended(): Promise<never> {
    await gone;
    throw new Error(`it ended first: ${await complaint}`);
  }
}

const GRACEFUL = ['serving', 'stopping', 'stop called', 'stop done', 'stopped'];

describe('a service that does not start', () => {
  test('says why in one line and exits 1', async () => {
    const { code, said, complaint } = await service('does not start').end();
    expect(complaint).toBe('tea did not start: PORT is not valid: taken\n');
    expect(code).toBe(1);
    expect(said).toEqual([]);
  });

  test('says so also where no error was thrown', async () => {
    const { code, complaint } = await service('throws no error').end();
    expect(complaint).toBe('tea did not start: no water\n');
    expect(code).toBe(1);
  });

  test('never tells its parent that it is ready', async () => {
    const { child, end } = service('does not start');
    const messages: unknown[] = [];
    child.on('message', message => messages.push(message));
    await end();
    expect(messages).toEqual([]);
  });
});

describe('a running service', () => {
  test('tells its parent once that it is ready', async () => {
    const { child, says, end } = service('');
    const messages: unknown[] = [];
    child.on('message', message => messages.push(message));
    await says('serving');
    child.kill('SIGTERM');
    await end();
    expect(messages).toEqual(['ready']);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('stops on %s and exits 0', async signal => {
    const { child, says, end } = service('');
    await says('serving');
    child.kill(signal);
    const { code, said, lines, complaint } = await end();
    expect(said).toEqual(GRACEFUL);
    expect(lines[1]?.cause).toBe(signal);
    expect([code, complaint]).toEqual([0, '']);
  });

  test('serves without a parent’s channel', async () => {
    const { child, says, end } = service('', { channel: false });
    await says('serving');
    child.kill('SIGTERM');
    expect(await end()).toMatchObject({ code: 0, said: GRACEFUL });
  });

  test('stops when its parent lets go of it', async () => {
    const { child, says, end } = service('');
    await says('serving');
    child.disconnect();
    const { code, said, lines } = await end();
    expect(said).toEqual(GRACEFUL);
    expect(lines[1]?.cause).toBe('parent gone');
    expect(code).toBe(0);
  });

  test('stops when its parent let go of it while it was starting', async () => {
    const { child, says, end } = service('starts slowly');
    await says('starting');
    child.disconnect();
    const { code, said, complaint } = await end();
    expect(said).toEqual(expect.arrayContaining(['stopping', 'stop called', 'stopped']));
    expect([code, complaint]).toEqual([0, '']);
  });

  test('stops at an unhandled rejection, says what it was, and exits 1', async () => {
    const { child, says, end } = service('');
    await says('serving');
    child.kill('SIGUSR2');
    const { code, said, lines } = await end();
    expect(said).toEqual(['serving', 'unhandled rejection', ...GRACEFUL.slice(1)]);
    expect(lines[1]).toMatchObject({ level: 'error', error: { message: 'cup broken' } });
    expect(code).toBe(1);
  });
});

describe('a stopping service', () => {
  test.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGTERM', 'SIGINT'],
    ['SIGINT', 'SIGINT'],
  ] as const)('that hangs exits 1 at a second signal: %s, %s', async (first, second) => {
    const { child, says, end } = service('hangs when it stops');
    await says('serving');
    child.kill(first);
    await says('stop called');
    child.kill(second);
    expect(await end()).toMatchObject({ code: 1, signal: null, said: GRACEFUL.slice(0, 3) });
  });

  test('is not hurried by its parent’s end', async () => {
    const { child, says, end } = service('hangs when it stops');
    await says('serving');
    child.kill('SIGTERM');
    await says('stop called');
    child.disconnect();
    await says('alone');
    child.kill('SIGTERM');
    expect((await end()).code).toBe(1);
  });

  test('stops to the end when more goes wrong meanwhile', async () => {
    const { child, says, end } = service('faults while it stops');
    await says('serving');
    child.kill('SIGUSR2');
    const { code, said } = await end();
    expect(said.filter(message => message === 'unhandled rejection')).toHaveLength(3);
    expect(said.slice(-2)).toEqual(['stop done', 'stopped']);
    expect(code).toBe(1);
  });

  test('that cannot stop says why and exits 1', async () => {
    const { child, says, end } = service('fails to stop');
    await says('serving');
    child.kill('SIGTERM');
    const { code, lines } = await end();
    expect(lines.at(-1)).toMatchObject({ message: 'stopping failed', error: { message: 'the server does not close' } });
    expect(code).toBe(1);
  });
});
