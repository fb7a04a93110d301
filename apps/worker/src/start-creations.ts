import { type CreationConsumer, startCreationConsumer } from '@roleforge/queue';
import { createRoleHandler } from './create-role.ts';
import type { RoleMaking } from './role-making.ts';

type Options = Parameters<typeof startCreationConsumer>[0];
type Needs = Pick<Options, 'redis' | 'prefix' | 'concurrency' | 'lockMs' | 'onError'> & { roleMaking: RoleMaking };

/** Makes roles as their jobs come. */
export function startCreations({ roleMaking, ...queue }: Needs): CreationConsumer {
  const { log } = roleMaking;
  return startCreationConsumer({
    ...queue,
    handle: createRoleHandler(roleMaking),
    onInvalid: (id, error) => log.error('job with an unreadable payload', { jobId: id, error }),
    onLost: ({ message }) =>
      log.warn('jobs in hand are no longer ours: Redis lost them, or another worker has them', { complaint: message }),
  });
}
