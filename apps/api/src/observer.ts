import type { Priority, ProblemCode } from '@roleforge/contracts';
import type { CreationRecord } from '@roleforge/domain';
import type { RouteTemplate } from '@roleforge/telemetry';

/** A request that was answered, or whose event stream has begun. */
export type ServedRequest = { method: string; route: RouteTemplate; status: number; ms: number };

/** Hears what happens in the api, to count it. It never throws, and is quick: requests wait for it. */
export type ApiObserver = {
  served(request: ServedRequest): void;
  /** A request was answered with a problem. */
  refused(code: ProblemCode): void;
  /** A request for creations is certain to get its 202, so long after it arrived: whether or not another had got it before. */
  answeredAccepted(via: 'single' | 'batch', ms: number): void;
  /** Creations were committed. */
  accepted(creations: readonly { priority: Priority }[]): void;
  /** A group of so many submissions was committed, or was to be. */
  committed(submissions: number, ms: number): void;
  /** A creation that waited was cancelled by its owner. */
  ended(creation: Pick<CreationRecord, 'status' | 'createdAt' | 'finishedAt'>): void;
};

/** Counts nothing. */
export const unobserved: ApiObserver = {
  served() {},
  refused() {},
  answeredAccepted() {},
  accepted() {},
  committed() {},
  ended() {},
};
