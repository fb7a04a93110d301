import { JOBS } from '@roleforge/contracts';

/*
 * What the board shows of jobs. Their data is ids; what is none of the catalog's fields is not shown. Errors are shown by their code: their
 * texts and stacks may hold what a customer wrote, and say where in the source they arose; the log has them.
 */

/** A job's data, as far as the catalog knows its fields. */
export function shownData(queue: string, data: unknown): object {
  for (const job of Object.values(JOBS)) {
    if (job.queue !== queue) continue;
    const known = job.data.safeParse(data);
    if (known.success) return known.data;
  }
  return { unreadable: true };
}

const HIDDEN = new Map<string, (value: unknown) => unknown>([
  ['stacktrace', () => []],
  ['returnValue', () => null],
  ['failedReason', reasonOf],
  ['deferredFailure', reasonOf],
]);

/** Codes of ours are shown as they are. */
const CODE = /^[a-z][a-z_]{2,40}$/;

function reasonOf(reason: unknown): unknown {
  if (typeof reason !== 'string' || reason === '' || CODE.test(reason)) return reason;
  return 'See the log of the worker.';
}

/** An answer of the board's with nothing in it that does not belong there, however deep. */
export function withoutTexts(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(withoutTexts);
  if (typeof body !== 'object' || body === null) return body;
  const shown = ([key, value]: [string, unknown]) => [key, (HIDDEN.get(key) ?? withoutTexts)(value)];
  return Object.fromEntries(Object.entries(body).map(shown));
}
