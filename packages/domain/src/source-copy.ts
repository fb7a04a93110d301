import type { SourceDocuments, SourceKind } from '@roleforge/contracts';

/** A stored source: the document as it was put, and its SHA-256 in hex. */
export type StoredSource<K extends SourceKind> = { document: SourceDocuments[K]; digest: string; updatedAt: Date };

/** Where a source was read: in MySQL, or in one of the places that copies are kept in. */
export type SourceOrigin = 'mysql' | 'memory' | 'redis';

/** A source as it was got: from MySQL, or as a copy that was read there `ageMs` milliseconds ago. */
export type SourceCopy<K extends SourceKind> = {
  /** Null where the task has no such source. */
  source: StoredSource<K> | null;
  from: SourceOrigin;
  ageMs: number;
} & (
  | { state: 'fresh' }
  /** MySQL did not answer, for this cause, and this is the last that is known: whether it will do is the strategy's to say. */
  | { state: 'stale'; cause: unknown }
);
