import { StoreUnavailable } from '@roleforge/domain';
import type { WebhookQueue } from '@roleforge/queue';
import { shareOutAll } from '@roleforge/steering';
import type { Logger } from '@roleforge/telemetry';

/** How often the queues are told how they are shared, in milliseconds. What an operator changes is told at once besides. */
export const SHARE_OUT_EVERY_MS = 5_000;

type Needs = Parameters<typeof shareOutAll>[0] & {
  webhookQueue: Pick<WebhookQueue, 'shareOut'>;
  log: Logger;
};

/** One run of the job: where MySQL is away, the creations' queue goes on with what it was told last. */
export async function shareOut({ webhookQueue, log, ...needs }: Needs): Promise<void> {
  try {
    await shareOutAll(needs);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log.debug('shares not read: MySQL does not answer', { error });
  }
  await webhookQueue.shareOut();
}
