import winston from 'winston';
import { currentContext } from './context.ts';
import { describeError } from './describe-error.ts';
import { gatherLines } from './gathered-lines.ts';
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

const LEVELS = ['error', 'warn', 'info', 'debug'] as const satisfies LogLevel[];

/**
 * Logs to standard output, where lines of one turn are written together, or to `destination`, each at once. Each line begins with its time,
 * level, service and message. It is made whole where it is logged; winston carries it.
 */
export function createLogger({ service, level, format, destination, secrets = [] }: Options): Logger {
  const known = formsOf(secrets);
  const textOf = (line: Line) =>
    format === 'json' ? redactedJson(line, known) : redact(prettyLine(line, known), known);
  const carrier = winston.createLogger({
    format: winston.format.printf(({ message }) => String(message)),
    transports: [new winston.transports.Stream({ stream: destination ?? process.stdout, eol: '\n' })],
  });
  const write = (text: string) => void carrier.log('info', text);
  const gathered = destination === undefined ? gatherLines(write) : { add: write, flush: () => {} };
  let enabled = LEVELS.indexOf(level);

  const at = (name: LogLevel) => {
    const rank = LEVELS.indexOf(name);
    return (message: string, fields?: LogFields) => {
      if (rank > enabled) return;
      gathered.add(textOf(lineOf(service, name, message, fields)));
      // What comes before a crash is to be read.
      if (name === 'error') gathered.flush();
    };
  };
  const info = at('info');
  const setLevel: Logger['setLevel'] = wanted => {
    const tell = () => info('log level changed', { to: wanted ?? 'as configured' });
    // Before it falls silent, or after it has begun to speak.
    const speaks = enabled >= LEVELS.indexOf('info');
    if (speaks) tell();
    enabled = LEVELS.indexOf(wanted ?? level);
    if (!speaks) tell();
  };
  return { error: at('error'), warn: at('warn'), info, debug: at('debug'), setLevel };
}

/** With whose work it belongs to. */
function lineOf(service: string, level: LogLevel, message: string, fields: LogFields | undefined): Line {
  const line: Line = { time: timestamp(), level, service, message, ...fields, ...currentContext() };
  if (line.error !== undefined) line.error = describeError(line.error);
  return line;
}

let stamped = { ms: Number.NaN, text: '' };

/** The present, as ISO 8601 has it: written once for all lines of a millisecond. */
function timestamp(): string {
  const ms = Date.now();
  if (ms !== stamped.ms) stamped = { ms, text: new Date(ms).toISOString() };
  return stamped.text;
}

/** Says nothing. */
export const silentLogger: Logger = { error() {}, warn() {}, info() {}, debug() {}, setLevel() {} };
