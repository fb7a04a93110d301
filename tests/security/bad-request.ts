import type { Operation } from './operations.ts';

/** A request as it goes on the wire; `headers` in pairs, since some come twice. */
export type BadRequest = {
  operation: Operation;
  method: string;
  target: string;
  headers: [name: string, value: string][];
  body: Buffer | null;
  /** How it is sent: by a client that knows HTTP, or, where that would not say such a thing, as bytes. */
  sending: 'whole' | 'chunked' | 'aborted' | 'raw';
  /** For `raw`: all bytes, where they are not what the rest comes to. */
  bytes?: Buffer;
  /** What was done to it. */
  done: string[];
};
