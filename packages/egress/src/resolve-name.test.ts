import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from '@jest/globals';
import { openEgress } from './open-egress.ts';
import { askMachine, askNameServers, type ResolveName } from './resolve-name.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** How to ask a name server that gives every name the addresses given, or never answers. */
async function nameServer(answers: { four?: number[]; six?: number[] } | 'silent'): Promise<ResolveName> {
  const socket = createSocket('udp4', (query, from) => {
    if (answers === 'silent') return;
    const type = query.readUInt16BE(query.indexOf(0, 12) + 1);
    const address = type === 1 ? answers.four : answers.six;
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    const header = Buffer.from([
      query[0] ?? 0,
      query[1] ?? 0,
      0x81,
      0x80,
      0,
      1,
      0,
      address === undefined ? 0 : 1,
      0,
      0,
      0,
      0,
    ]);
    const answer = address && Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 1, 0, address.length, ...address]);
    socket.send(Buffer.concat([header, question, answer ?? Buffer.alloc(0)]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  open.push(() => new Promise(resolve => socket.close(resolve)));
  return askNameServers([`127.0.0.1:${socket.address().port}`]);
}

const never = new AbortController().signal;

test('a name’s addresses of both kinds are found', async () => {
  const ask = await nameServer({ four: [8, 8, 8, 8], six: [0x2a, ...Array(14).fill(0), 1] });
  expect(await ask('hooks.example.com', never)).toEqual([
    { address: '8.8.8.8', family: 4 },
    { address: '2a00::1', family: 6 },
  ]);
});

test('one kind is enough; with none the name cannot be found', async () => {
  const one = await nameServer({ four: [8, 8, 8, 8] });
  expect(await one('hooks.example.com', never)).toEqual([{ address: '8.8.8.8', family: 4 }]);
  const ask = await nameServer({});
  await expect(ask('hooks.example.com', never)).rejects.toMatchObject({ code: 'ENODATA' });
});

test('a private address of either kind keeps a post from being sent', async () => {
  const ask = await nameServer({ four: [8, 8, 8, 8], six: [...Array(15).fill(0), 1] });
  const egress = openEgress({ targets: 'public', resolve: ask });
  expect(await egress.post('https://hooks.example.com/', { headers: {}, body: '', timeoutMs: 2_000 })).toMatchObject({
    reason: 'address_not_allowed',
  });
  await egress.close();
});

test('a name server that never answers is given up with the signal', async () => {
  const ask = await nameServer('silent');
  await expect(ask('hooks.example.com', AbortSignal.timeout(50))).rejects.toMatchObject({
    code: 'ECANCELLED',
  });
});

test('this machine knows itself', async () => {
  expect((await askMachine('localhost', never)).map(({ address }) => address)).toContain('127.0.0.1');
});
