import type { SourceDocuments, SourceKind, TaskId } from '@roleforge/contracts';
import type { SourceStore } from '@roleforge/db';
import type { Forgetting } from '../forget-copies.ts';
import { notFound } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

type ByTask = { taskId: TaskId };

export type SourceNeeds = {
  sources: SourceStore;
  /** Ends the copies that workers hold of a source; never rejects. */
  forgetCopies: Forgetting['forget'];
};

/**
 * The calls on one kind of source. What is put is what is got, items without an id having been given one. Reads are made in
 * MySQL, whatever copies there are; a write is answered when the copies of what was there have been ended.
 */
export function sourceHandlers<K extends SourceKind>({ sources, forgetCopies }: SourceNeeds, kind: K) {
  return {
    async read({ params }: Input<ByTask, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const stored = await sources.readSource(tenantId, params.taskId, kind);
      if (stored === null) throw notFound('source');
      return { status: 200, body: stored.document, headers: validators(stored) };
    },

    async put({ params, body }: Input<ByTask, unknown, SourceDocuments[K]>, { tenantId }: Caller): Promise<Reply> {
      const stored = await sources.putSource(tenantId, params.taskId, kind, body);
      await forgetCopies(tenantId, params.taskId, kind);
      return { status: stored.created ? 201 : 200, body: stored.document, headers: validators(stored) };
    },

    async remove({ params }: Input<ByTask, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const deleted = await sources.deleteSource(tenantId, params.taskId, kind);
      // Also where nothing was there: an earlier deletion may not have reached the copies.
      await forgetCopies(tenantId, params.taskId, kind);
      if (!deleted) throw notFound('source');
      return { status: 204 };
    },
  };
}

function validators({ digest, updatedAt }: { digest: string; updatedAt: Date }): Record<string, string> {
  return { ETag: `"${digest}"`, 'Last-Modified': updatedAt.toUTCString() };
}
