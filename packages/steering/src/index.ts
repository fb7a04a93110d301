export { runBulk } from './run-bulk.ts';
export { createSteering, type SteeredCreation, type Steering } from './steering.ts';
export { holdTenant, releaseTenant } from './tenant-pause.ts';
