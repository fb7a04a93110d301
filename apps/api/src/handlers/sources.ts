import type { SourceDocuments, SourceKind, TaskId } from '@roleforge/contracts';
import type { SourceStore } from '@roleforge/db';
import { notFound } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

type ByTask = { taskId: TaskId };

/** The calls on one kind of source. What is put is what is got, items without an id having been given one. */
export function sourceHandlers<K extends SourceKind>(sources: SourceStore, kind: K) {
  return {
    async read({ params }: Input<ByTask, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const stored = await sources.readSource(tenantId, params.taskId, kind);
      if (stored === null) throw notFound('source');
      return { status: 200, body: stored.document, headers: validators(stored) };
    },

    async put({ params, body }: Input<ByTask, unknown, SourceDocuments[K]>, { tenantId }: Caller): Promise<Reply> {
      const stored = await sources.putSource(tenantId, params.taskId, kind, body);
      return { status: stored.created ? 201 : 200, body: stored.document, headers: validators(stored) };
    },

    async remove({ params }: Input<ByTask, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      if (!(await sources.deleteSource(tenantId, params.taskId, kind))) throw notFound('source');
      return { status: 204 };
    },
  };
}

function validators({ digest, updatedAt }: { digest: string; updatedAt: Date }): Record<string, string> {
  return { ETag: `"${digest}"`, 'Last-Modified': updatedAt.toUTCString() };
}
