import winston from 'winston';
import { currentContext } from './context.ts';
import { describeError } from './describe-error.ts';
import { prettyLine } from './pretty-line.ts';
import { redact } from './redact.ts';

export type LogFields = Record<string, unknown>;

/** Fields are names, numbers and ids; never a secret, never what a customer wrote. An `error` field is described. */
export type Logger = {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
};

type Options = {
  service: string;
  level: 'error' | 'warn' | 'info' | 'debug';
  /** `json`: one object a line, for machines. `pretty`: for a terminal. */
  format: 'json' | 'pretty';
  destination?: NodeJS.WritableStream;
};

/** A line as it is written: the message, its fields, and the context of the work that logged it. */
const enrich = winston.format(info => {
  Object.assign(info, currentContext());
  if (info.error !== undefined) info.error = describeError(info.error);
  info.time = new Date().toISOString();
  return info;
});

/** Logs to standard output, or to `destination`. */
export function createLogger({ service, level, format, destination = process.stdout }: Options): Logger {
  const line =
    format === 'json'
      ? winston.format.printf(info => redact(JSON.stringify(info)))
      : winston.format.printf(info => redact(prettyLine(info)));
  return winston.createLogger({
    level,
    defaultMeta: { service },
    format: winston.format.combine(enrich(), line),
    transports: [new winston.transports.Stream({ stream: destination, eol: '\n' })],
  });
}

/** Says nothing. */
export const silentLogger: Logger = { error() {}, warn() {}, info() {}, debug() {} };
