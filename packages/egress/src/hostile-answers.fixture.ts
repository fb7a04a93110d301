import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { FailureReason } from './failure.ts';
import { openEgress, type PostOutcome } from './open-egress.ts';

/** What a receiver that means harm, or is broken, does with a request, and what comes of it. */
export type HostileAnswer = {
  name: string;
  /** Answers on a bare socket once the request's first bytes have come. */
  answer(socket: Socket): void;
  expected: FailureReason | number;
};

const HEAD = 'HTTP/1.1 200 OK\r\n';

/** Writes a chunk again and again, as fast as it is read or every `everyMs`, until the other side has gone. */
function writeForEver(socket: Socket, chunk: string, everyMs?: number): void {
  if (socket.destroyed) return;
  if (everyMs !== undefined) {
    const timer = setInterval(() => socket.write(chunk), everyMs);
    socket.once('close', () => clearInterval(timer));
  } else socket.write(chunk, () => writeForEver(socket, chunk));
}

/** Redirects lead to a listener that counts who comes: see `openHostileTrial`. */
export const HOSTILE_ANSWERS = (forbiddenUrl: string): readonly HostileAnswer[] => [
  ...[301, 302, 303, 307, 308].map(status => ({
    name: `redirects to a private address with ${status}`,
    answer: (socket: Socket) =>
      socket.end(`HTTP/1.1 ${status} Elsewhere\r\nLocation: ${forbiddenUrl}\r\nContent-Length: 0\r\n\r\n`),
    expected: status,
  })),
  {
    name: 'sends people elsewhere with Refresh and Alt-Svc',
    answer: socket =>
      socket.end(`${HEAD}Refresh: 0; url=${forbiddenUrl}\r\nAlt-Svc: h3=":443"\r\nContent-Length: 0\r\n\r\n`),
    expected: 200,
  },
  {
    name: 'announces a huge body and sends it',
    answer: socket => {
      socket.write(`${HEAD}Content-Length: 10000000000\r\n\r\n`);
      writeForEver(socket, 'x'.repeat(65_536));
    },
    expected: 'answer_too_large',
  },
  {
    name: 'sends chunks without end',
    answer: socket => {
      socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
      writeForEver(socket, `1000\r\n${'x'.repeat(4_096)}\r\n`);
    },
    expected: 'answer_too_large',
  },
  {
    name: 'sends a body without length and without end',
    answer: socket => {
      socket.write(`${HEAD}\r\n`);
      writeForEver(socket, 'x'.repeat(4_096));
    },
    expected: 'answer_too_large',
  },
  {
    name: 'sends a bomb that grows a thousandfold when it is unpacked',
    answer: socket => socket.end(`${HEAD}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00`),
    expected: 200,
  },
  {
    name: 'sends one huge header',
    answer: socket => socket.end(`${HEAD}X: ${'x'.repeat(1_000_000)}\r\n\r\n`),
    expected: 'answer_too_large',
  },
  {
    name: 'sends headers without end',
    answer: socket => {
      socket.write(HEAD);
      writeForEver(socket, 'X-Bomb: 0123456789\r\n'.repeat(100));
    },
    expected: 'answer_too_large',
  },
  {
    name: 'sends trailers without end',
    answer: socket => {
      socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n`);
      writeForEver(socket, 'X-Bomb: 0123456789\r\n'.repeat(100));
    },
    expected: 'answer_too_large',
  },
  {
    name: 'says nothing',
    answer: () => {},
    expected: 'timed_out',
  },
  {
    name: 'sends its headers one byte at a time',
    answer: socket => {
      socket.write(`${HEAD}X: `);
      writeForEver(socket, 'x', 10);
    },
    expected: 'timed_out',
  },
  {
    name: 'sends its body one byte at a time',
    answer: socket => {
      socket.write(`${HEAD}Content-Length: 1000\r\n\r\n`);
      writeForEver(socket, 'x', 10);
    },
    expected: 'timed_out',
  },
  {
    name: 'says that it is at it, for ever',
    answer: socket => writeForEver(socket, 'HTTP/1.1 102 Processing\r\n\r\n', 10),
    expected: 'timed_out',
  },
  {
    name: 'says nothing but garbage',
    answer: socket => socket.end('\x00\x01\x02 garbage \xff\r\n\r\n'),
    expected: 'unreachable',
  },
  {
    name: 'answers in HTTP/0.9',
    answer: socket => socket.end('<html>hello</html>'),
    expected: 'unreachable',
  },
  {
    name: 'has two lengths that differ',
    answer: socket => socket.end(`${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`),
    expected: 'unreachable',
  },
  {
    name: 'has a length and chunks',
    answer: socket => socket.end(`${HEAD}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`),
    expected: 'unreachable',
  },
  {
    name: 'changes to another protocol',
    answer: socket => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n'),
    expected: 'unreachable',
  },
  {
    name: 'hangs up before it has answered',
    answer: socket => socket.end(),
    expected: 'unreachable',
  },
  {
    name: 'hangs up within its body',
    answer: socket => socket.end(`${HEAD}Content-Length: 100\r\n\r\nhello`),
    expected: 'unreachable',
  },
  {
    name: 'breaks the connection off',
    answer: socket => socket.resetAndDestroy(),
    expected: 'unreachable',
  },
  {
    name: 'sends a second answer that nobody asked for',
    answer: socket => socket.end(`${HEAD}Content-Length: 0\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n`),
    expected: 200,
  },
];

/** What became of it, how long it took, and whether that is what should. */
export type HostileResult = { outcome: PostOutcome; withstood: boolean };

/** A receiver that answers as it is told, and a listener that no redirect may lead to. */
export async function openHostileTrial(): Promise<{
  answers: readonly HostileAnswer[];
  attempt(one: HostileAnswer): Promise<HostileResult>;
  close(): Promise<void>;
}> {
  let answer: HostileAnswer['answer'] = () => {};
  let forbidden = 0;
  const open = new Set<Socket>();
  const receiver = createServer(socket => {
    open.add(socket.on('error', () => {}).once('close', () => open.delete(socket)));
    socket.once('data', () => answer(socket));
  }).listen(0, '127.0.0.1');
  const trap = createServer(socket => {
    forbidden += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await Promise.all([receiver, trap].map(server => server.listening || once(server, 'listening')));
  const portOf = (server: typeof trap) => (server.address() as AddressInfo).port;
  const egress = openEgress({ targets: 'any', resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
  return {
    answers: HOSTILE_ANSWERS(`http://127.0.0.1:${portOf(trap)}/`),
    async attempt({ answer: how, expected }) {
      answer = how;
      // Whoever is slow is to be cut off by the clock; whoever sends too much, by that, however slow this machine is.
      const timeoutMs = expected === 'timed_out' ? 400 : 10_000;
      const outcome = await egress.post(`http://hooks.example.com:${portOf(receiver)}/`, {
        headers: {},
        body: '{}',
        timeoutMs,
      });
      const is = outcome.kind === 'failed' ? outcome.reason : outcome.statusCode;
      // Nothing is left of the connection, whatever the other side would still have sent.
      await Promise.all([...open].map(socket => new Promise(resolve => socket.once('close', resolve))));
      return { outcome, withstood: is === expected && forbidden === 0 && outcome.ms < timeoutMs + 2_000 };
    },
    async close() {
      await egress.close();
      for (const socket of open) socket.destroy();
      receiver.close();
      trap.close();
    },
  };
}
