export { createNotifyEnd, type NotifyEnd } from './notify-end.ts';
export { runBulk } from './run-bulk.ts';
export { shareOutAll, shareOutTo } from './share-out.ts';
export { createSteering, type SteeredCreation, type Steering } from './steering.ts';
export { bringPauseIntoStep } from './system-pause.ts';
export { holdTenant, releaseTenant } from './tenant-pause.ts';
