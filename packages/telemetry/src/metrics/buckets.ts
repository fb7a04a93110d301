/* Upper bounds of histograms, in seconds unless it says otherwise. Each set is dense where its alerts and objectives look. */

/** What answers at once: requests, commits, copies in memory. */
export const QUICK = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** A read out of memory takes tens of microseconds, and none takes longer than its patience of 6 s. */
export const READS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 6];
/** From "taken at once" to "nobody has looked for an hour". */
export const WAITS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600];
/** The steps of a creation: reading and saving take milliseconds, writing as long as the model does. */
export const STEPS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300];
/** A whole creation, with all that it waited for. */
export const CREATIONS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 900, 3_600, 21_600, 86_400];
/** Calls of a model, as OpenTelemetry advises, and one more for the slowest. */
export const MODEL_CALLS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84,
];
/** Others' servers: a delivery is broken off after 20 s. */
export const DELIVERIES = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];
export const RECONCILING = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];
/** Submissions in one commit. */
export const GROUPS = [1, 2, 5, 10, 20, 50, 100, 200, 500];
