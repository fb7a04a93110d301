import type { Socket } from 'node:net';

/** As little of the driver's connection as is needed here. */
export type RawConnection = {
  query(...args: unknown[]): { once(event: 'end', listener: () => void): void };
  stream: Socket;
};
