import type { BadRequest } from './bad-request.ts';
import type { Random } from './random.ts';

/** Bytes that no client of HTTP would send. */
export function sayBadly(request: BadRequest, random: Random): void {
  const { method, target, headers } = request;
  const body = request.body ?? Buffer.from('{}');
  const lines = headers.map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/g, '')}`);
  const head = (first: string, more: string[]) => `${[first, 'Host: x', ...lines, ...more].join('\r\n')}\r\n\r\n`;
  const usual = `${method} ${target} HTTP/1.1`;
  const bytes: (Buffer | string)[] = random.one([
    [head(usual, [`Content-Length: ${body.length + 10}`]), body],
    [head(usual, [`Content-Length: ${Math.max(0, body.length - 1)}`]), body],
    [head(usual, ['Content-Length: -1']), body],
    [head(usual, ['Content-Length: 1e3']), body],
    [head(usual, [`Content-Length: ${body.length}`, 'Content-Length: 1']), body],
    [
      head(usual, [`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked']),
      '0\r\n\r\nGET / HTTP/1.1\r\nHost: y\r\n\r\n',
    ],
    [head(usual, ['Transfer-Encoding: chunked, identity']), '0\r\n\r\n'],
    [head(usual, ['Transfer-Encoding: chunked']), 'zz\r\nabc\r\n'],
    [head(usual, ['Transfer-Encoding: chunked']), 'ffffffffffffffff\r\nabc'],
    [head(usual, ['Transfer-Encoding : chunked']), '0\r\n\r\n'],
    [head(`${method} ${target} HTTP/9.9`, [])],
    [head(`${method} ${target}`, [])],
    [head(`${method.toLowerCase()} ${target} HTTP/1.1`, [])],
    [head(`${method} http://elsewhere.example${target} HTTP/1.1`, [])],
    [head(`CONNECT elsewhere.example:443 HTTP/1.1`, [])],
    [head(`OPTIONS * HTTP/1.1`, [])],
    [head(`${method} //elsewhere.example/%2f HTTP/1.1`, [])],
    [head(usual, [`X-Long: ${'x'.repeat(20_000)}`])],
    [
      head(
        usual,
        Array.from({ length: 3_000 }, (_, n) => `X-${n}: 1`),
      ),
    ],
    [head(usual, ['Bad Header: x'])],
    [head(usual, ['X-Null: a\0b'])],
    [head(usual, [' folded: x'])],
    [head(usual, ['Expect: 100-continue', `Content-Length: ${body.length}`]), body],
    [head(usual, ['Upgrade: websocket', 'Connection: Upgrade'])],
    ['\r\n\r\n'],
    [Buffer.from([0x16, 0x03, 0x01, 0x00, 0xa5, 0x01, 0x00, 0x00])],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    [Buffer.alloc(2_000, 0xff)],
  ]);
  request.sending = 'raw';
  request.bytes = Buffer.concat(bytes.map(part => Buffer.from(part as string)));
}
