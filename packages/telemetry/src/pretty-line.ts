import { styleText } from 'node:util';
import type { ErrorDescription } from './describe-error.ts';
import { redactedJson } from './redact.ts';

const COLOURS = { error: 'red', warn: 'yellow', info: 'green', debug: 'gray' } as const;
const SHOWN_ELSEWHERE = new Set(['time', 'level', 'message', 'service', 'error']);

/** One line of the log, as data. */
export type Line = { level: string; message: unknown; time?: unknown; service?: unknown; error?: unknown };

/** A log line for a person: time, level, service, message, then the fields in grey and an error's stack beneath. */
export function prettyLine(info: Line): string {
  const colour = COLOURS[info.level as keyof typeof COLOURS] ?? 'white';
  const fields = Object.entries(info)
    .filter(([key, value]) => !SHOWN_ELSEWHERE.has(key) && value !== undefined && value !== null)
    .map(([key, value]) => `${key}=${typeof value === 'object' ? redactedJson(value) : value}`)
    .join(' ');
  const clock = String(info.time).slice(11, 23);
  const head = `${styleText('gray', clock)} ${styleText(colour, info.level.padEnd(5))} ${String(info.service).padEnd(7)} ${info.message}`;
  return `${head}${fields === '' ? '' : `  ${styleText('gray', fields)}`}${stackOf(info.error as ErrorDescription | undefined)}`;
}

function stackOf(error: ErrorDescription | undefined): string {
  if (error === undefined) return '';
  const cause = error.cause === undefined ? '' : `\n    caused by ${stackOf(error.cause).trimStart()}`;
  return `\n    ${(error.stack ?? `${error.name}: ${error.message}`).replaceAll('\n', '\n    ')}${cause}`;
}
