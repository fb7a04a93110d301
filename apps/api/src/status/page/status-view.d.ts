import type { SystemStatus } from '@roleforge/contracts';

export type SectionId =
  | 'headline'
  | 'incidents'
  | 'figures'
  | 'queue'
  | 'throughput'
  | 'workers'
  | 'models'
  | 'upkeep'
  | 'history';

/** The sections' HTML, by their ids. */
export function renderStatus(status: SystemStatus): Record<SectionId, string>;

/** The page's title. */
export function titleOf(status: Pick<SystemStatus, 'status' | 'incidents'>): string;

/** A moment as the page shows it, in HTML. */
export function clockOf(at: string): string;
