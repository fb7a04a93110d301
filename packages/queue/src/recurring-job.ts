import type { JOBS } from '@roleforge/contracts';

/** The jobs of the catalog that come again and again. */
type MaintenanceJob = Extract<(typeof JOBS)[keyof typeof JOBS], { queue: 'maintenance' }>;

export type RecurringJob = {
  job: MaintenanceJob;
  /** How often it runs, in milliseconds, over all processes together. */
  everyMs: number;
  /**
   * One run. All jobs take turns, so it does a slice of a long work and leaves the rest to the next run. The signal, whose
   * reason is an AbortReason, asks it to end early. A run that throws is told to `onError`, and the next one comes.
   */
  run(signal: AbortSignal): Promise<unknown>;
};
