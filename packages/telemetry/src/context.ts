import { AsyncLocalStorage } from 'node:async_hooks';

/** Whose work a piece of code is doing: added to every line it logs. */
export type WorkContext = { requestId?: string; traceId?: string; creationId?: string; tenantId?: string };

const storage = new AsyncLocalStorage<WorkContext>();

/** Runs `work` in the given context. What is learnt later (the tenant, say) is set on the object itself. */
export function inContext<T>(context: WorkContext, work: () => T): T {
  return storage.run(context, work);
}

export function currentContext(): WorkContext | undefined {
  return storage.getStore();
}
