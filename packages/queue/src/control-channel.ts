import { CreationId } from '@roleforge/contracts';
import { controlChannel } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';

/*
 * What its owner wants of a running creation stands in the ledger, where its worker looks every moment. A message on this channel
 * makes it look at once; one that is lost costs that moment.
 */

/** Tells the worker that has a creation in hand, whichever it is, to look at its row. Rejects when Redis does not answer. */
export async function publishControl(redis: RedisConnection, prefix: string, id: CreationId): Promise<void> {
  await redis.publish(controlChannel(prefix), id);
}

/**
 * Calls `onLook` with each creation that a worker is told to look at.
 * @param redis a connection of its own, for it can do nothing else while it listens
 */
export function listenForControl(
  redis: RedisConnection,
  prefix: string,
  onLook: (id: CreationId) => void,
  onError: (error: Error) => void = () => {},
): void {
  redis.on('message', (_channel: string, message: string) => {
    const id = CreationId.safeParse(message);
    if (id.success) onLook(id.data);
  });
  redis.subscribe(controlChannel(prefix)).catch(onError);
}
