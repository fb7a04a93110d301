/**
 * How long a provider asked to be left alone, in milliseconds: from `Retry-After` (seconds or an HTTP date) or the more
 * exact `retry-after-ms` that OpenAI and Azure send. Undefined where it asked for nothing that can be read.
 *
 * @param headers with names in lower case
 * @param nowMs Unix milliseconds, for a date
 */
export function retryAfterOf(headers: Record<string, string> | undefined, nowMs: number): number | undefined {
  const exact = amount(headers?.['retry-after-ms']);
  if (exact !== undefined) return Math.round(exact);
  const value = headers?.['retry-after'];
  const seconds = amount(value);
  if (seconds !== undefined) return Math.round(seconds * 1000);
  const date = Date.parse(value ?? '');
  return Number.isNaN(date) || !/[a-z]/i.test(value ?? '') ? undefined : Math.max(0, date - nowMs);
}

function amount(value: string | undefined): number | undefined {
  return value !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}
