import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { createLogger } from './logger.ts';

/** A logger, with the text that it has written so far, free of colours, or `raw`. */
export function capturedLog(options: Partial<Parameters<typeof createLogger>[0]> = {}) {
  let written = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      written += chunk;
      done();
    },
  });
  const log = createLogger({ service: 'api', level: 'debug', format: 'json', destination, ...options });
  const text = () => stripVTControlCharacters(written);
  /** Each line as the object that it holds. */
  const lines = (): Record<string, unknown>[] =>
    text()
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line));
  return { log, text, raw: () => written, lines };
}
