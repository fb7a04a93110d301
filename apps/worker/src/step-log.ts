import { type Degradation, SOURCE_KINDS } from '@roleforge/contracts';
import type { Draft, SourceReads } from '@roleforge/domain';
import type { Logger } from '@roleforge/telemetry';

/** A line in the log for each step of a creation that is finished: how long it took, and what mattered. Never what was read or written. */
export type StepLog = {
  gathered(startedAt: number, reads: SourceReads, degraded: readonly Degradation[]): void;
  written(startedAt: number, draft: Draft): void;
  saved(startedAt: number, roleVersion: number): void;
};

/** `startedAt` is by `performance.now()`. */
export function createStepLog(log: Logger): StepLog {
  const finished = (step: string, startedAt: number, facts: object) =>
    log.info('step finished', { step, ms: Math.round(performance.now() - startedAt), ...facts });
  return {
    gathered: (startedAt, reads, degraded) =>
      finished('gathering', startedAt, {
        sources: Object.fromEntries(SOURCE_KINDS.map(kind => [kind, whenceOf(reads[kind])])),
        ...(degraded.length === 0 ? {} : { degraded: degraded.map(nameOf) }),
      }),
    written: (startedAt, { writer, usage }) =>
      finished('writing', startedAt, {
        writer: writer.kind,
        provider: writer.provider,
        model: writer.model,
        calls: usage.calls,
        inputTokens: usage.inputTokens,
        outputTokens: usage.outputTokens,
        costUsd: usage.costUsd,
      }),
    saved: (startedAt, roleVersion) => finished('saving', startedAt, { roleVersion }),
  };
}

/** Where a source came from: memory, redis, mysql, the request; and if that was not as it should be, how. */
function whenceOf(read: SourceReads[keyof SourceReads]): string {
  const from = 'from' in read ? read.from : undefined;
  if (read.state === 'failed' || read.state === 'inline') return read.state;
  return read.state === 'loaded' ? (from ?? 'mysql') : `${read.state}${from === undefined ? '' : `, ${from}`}`;
}

function nameOf(lacking: Degradation): string {
  return 'source' in lacking ? `${lacking.source}: ${lacking.reason}` : lacking.reason;
}
