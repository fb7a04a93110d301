import winston from 'winston';
import { currentContext } from './context.ts';
import { describeError } from './describe-error.ts';
import { type Line, prettyLine } from './pretty-line.ts';
import { formsOf, redact, redactedJson } from './redact.ts';

export type LogFields = Record<string, unknown>;

/** Fields are names, numbers and ids; never a secret, never what a customer wrote. An `error` field is described. */
export type Logger = {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** What is logged from now on: this level and the graver ones; null: as it was made. A line says so. */
  setLevel(level: LogLevel | null): void;
};

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

type Options = {
  service: string;
  level: LogLevel;
  /** `json`: one object a line, for machines. `pretty`: for a terminal. */
  format: 'json' | 'pretty';
  destination?: NodeJS.WritableStream;
  /** Shown in no line, whatever they look like: what the process is configured with. */
  secrets?: readonly string[];
};

/** Logs to standard output, or to `destination`. Each line begins with its time, level, service and message. */
export function createLogger({ service, level, format, destination = process.stdout, secrets = [] }: Options): Logger {
  const known = formsOf(secrets);
  const write = (line: Line) =>
    format === 'json' ? redactedJson(line, known) : redact(prettyLine(line, known), known);
  const logger = winston.createLogger({
    level,
    format: winston.format.printf(info => write(lineOf(service, info))),
    transports: [new winston.transports.Stream({ stream: destination, eol: '\n' })],
  });
  // The context is taken here: winston may format a line later, when another's work is being done.
  const at = (name: LogLevel) => (message: string, fields?: LogFields) => {
    if (logger.isLevelEnabled(name))
      logger.log({ ...fields, ...currentContext(), level: name, message, time: new Date() });
  };
  const info = at('info');
  const setLevel: Logger['setLevel'] = wanted => {
    const tell = () => info('log level changed', { to: wanted ?? 'as configured' });
    // Before it falls silent, or after it has begun to speak.
    const speaks = logger.isLevelEnabled('info');
    if (speaks) tell();
    logger.level = wanted ?? level;
    if (!speaks) tell();
  };
  return { error: at('error'), warn: at('warn'), info, debug: at('debug'), setLevel };
}

function lineOf(service: string, { time, level, message, error, ...fields }: winston.Logform.TransformableInfo): Line {
  return {
    time: time instanceof Date ? time.toISOString() : '',
    level,
    service,
    message,
    ...fields,
    ...(error === undefined ? {} : { error: describeError(error) }),
  };
}

/** Says nothing. */
export const silentLogger: Logger = { error() {}, warn() {}, info() {}, debug() {}, setLevel() {} };
