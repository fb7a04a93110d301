import { setTimeout as wait } from 'node:timers/promises';
import { SOURCE_KINDS, type SourceDocuments, type SourceKind } from '@roleforge/contracts';
import {
  inlineRead,
  type SourceCopyReader,
  type SourceRead,
  type SourceReads,
  type TakenCreation,
} from '@roleforge/domain';
import { unobserved, type WorkerObserver } from './observer.ts';

/** A read that takes longer than this counts as failed. Longer than MySQL's own patience, after which a copy may still do. */
const READ_PATIENCE_MS = 6_000;

/** Reads the four sources at once: together they take as long as the slowest. Never rejects; a read that failed says so. */
export async function gather(
  reader: SourceCopyReader,
  creation: TakenCreation,
  observer: Pick<WorkerObserver, 'sourceRead'> = unobserved,
): Promise<SourceReads> {
  const startedAt = performance.now();
  const settled = await Promise.allSettled(SOURCE_KINDS.map(kind => readOne(reader, creation, kind, observer)));
  const reads = settled.map((result): SourceRead<object> => {
    if (result.status === 'fulfilled') return result.value;
    return { state: 'failed', cause: result.reason, ms: performance.now() - startedAt };
  });
  return Object.fromEntries(SOURCE_KINDS.map((kind, index) => [kind, reads[index]])) as SourceReads;
}

/** What came with the request stands in for what is stored. */
async function readOne<K extends SourceKind>(
  reader: SourceCopyReader,
  { tenantId, taskId, inlineSources }: TakenCreation,
  kind: K,
  observer: Pick<WorkerObserver, 'sourceRead'>,
): Promise<SourceRead<SourceDocuments[K]>> {
  const inline: SourceDocuments[K] | undefined = inlineSources?.[kind] as SourceDocuments[K] | undefined;
  if (inline !== undefined) return inlineRead<K>(inline);
  const startedAt = performance.now();
  const copy = await withinPatience(reader.readCopy(tenantId, taskId, kind));
  const ms = performance.now() - startedAt;
  const { source, from } = copy;
  observer.sourceRead(kind, from, ms);
  if (source === null) return { state: 'empty', ms, from };
  const { document, digest } = source;
  if (copy.state === 'fresh') return { state: 'loaded', document, digest, ms, from };
  return { state: 'stale', document, digest, ms, from, ageMs: copy.ageMs, cause: copy.cause };
}

async function withinPatience<T>(work: Promise<T>): Promise<T> {
  const giveUp = new AbortController();
  const timeout = wait(READ_PATIENCE_MS, undefined, { signal: giveUp.signal, ref: false }).then(() => {
    throw new Error(`The read took longer than ${READ_PATIENCE_MS} ms.`);
  });
  timeout.catch(() => {});
  try {
    return await Promise.race([work, timeout]);
  } finally {
    giveUp.abort();
  }
}
