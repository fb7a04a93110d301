export { type Egress, openEgress, type PostOptions, type PostOutcome } from './open-egress.ts';
export { isPublicAddress } from './public-address.ts';
export type { Targets } from './refusal.ts';
