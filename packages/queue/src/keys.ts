/*
 * Every key of RoleForge's in Redis. `{…}` is the hash tag that keeps a queue's or a log's keys on one node of a cluster.
 *
 *   {<prefix>:role-creation}:role-creation:*   BullMQ's keys of the creations' queue
 *   {<prefix>:maintenance}:maintenance:*       BullMQ's keys of the maintenance queue
 *   <prefix>:events:{<creation id>}            stream: the creation's event log, entry ids <number>-0
 *   <prefix>:events                            channel: every event as it is appended
 *   <prefix>:control                           channel: creations whose rows their workers should look at
 *   {<prefix>:bulk-operation}:bulk-operation:* BullMQ's keys of the bulk calls' queue
 */

/** BullMQ's `prefix` option for a queue. */
export function queuePrefix(prefix: string, queue: string): string {
  return `{${prefix}:${queue}}`;
}

export function eventLogKey(prefix: string, creationId: string): string {
  return `${prefix}:events:{${creationId}}`;
}

export function eventChannel(prefix: string): string {
  return `${prefix}:events`;
}

export function controlChannel(prefix: string): string {
  return `${prefix}:control`;
}
