import { styleText } from 'node:util';
import type { ErrorDescription } from './describe-error.ts';
import { redactedJson } from './redact.ts';

const COLOURS = { error: 'red', warn: 'yellow', info: 'green', debug: 'gray' } as const;
const SHOWN_ELSEWHERE = new Set(['time', 'level', 'message', 'service', 'error']);

/** What others wrote must not begin a line of its own, nor tell a terminal what to do; a stack's lines stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS_BUT_LINES = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/g;

/** One line of the log, as data. */
export type Line = { level: string; message: unknown; time?: unknown; service?: unknown; error?: unknown };

/**
 * A log line for a person: time, level, service, message, then the fields in grey and an error's stack beneath.
 * @param known forms of secrets that no field may show
 */
export function prettyLine(info: Line, known: readonly string[] = []): string {
  const colour = COLOURS[info.level as keyof typeof COLOURS] ?? 'white';
  const fields = Object.entries(info)
    .filter(([key, value]) => !SHOWN_ELSEWHERE.has(key) && value !== undefined && value !== null)
    .map(([key, value]) => `${key}=${typeof value === 'object' ? redactedJson(value, known) : value}`)
    .join(' ')
    .replaceAll(CONTROLS, '\ufffd');
  const clock = String(info.time).slice(11, 23);
  const head = `${styleText('gray', clock)} ${styleText(colour, info.level.padEnd(5))} ${String(info.service).padEnd(7)} ${String(info.message).replaceAll(CONTROLS, '\ufffd')}`;
  return `${head}${fields === '' ? '' : `  ${styleText('gray', fields)}`}${stackOf(info.error as ErrorDescription | undefined)}`;
}

function stackOf(error: ErrorDescription | undefined): string {
  if (error === undefined) return '';
  const cause = error.cause === undefined ? '' : `\n    caused by ${stackOf(error.cause).trimStart()}`;
  const stack = (error.stack ?? `${error.name}: ${error.message}`).replaceAll(CONTROLS_BUT_LINES, '\ufffd');
  return `\n    ${stack.replaceAll('\n', '\n    ')}${cause}`;
}
