/*
 * Every key of RoleForge's in Redis. `{…}` is the hash tag that keeps a queue's or a log's keys on one node of a cluster: what one
 * command, script or pipeline touches has the same. Channels are heard on all nodes.
 *
 *   {<prefix>:role-creation}:role-creation:*   BullMQ's keys of the creations' queue
 *   {<prefix>:role-creation}:workers           sorted set: the workers that are there, by their last report (ms, Redis's clock)
 *   {<prefix>:role-creation}:starts            hash: how many creations were started, by number of the span of 5 s
 *   {<prefix>:role-creation}:leaving           sorted set: the workers that are stopping, in the same way
 *   {<prefix>:role-creation}:doings            hash: what each of both does, by worker: see workers-doing.ts
 *   {<prefix>:role-creation}:tallies           hash: what all processes have done, by span and name: see tallies.ts
 *   {<prefix>:role-creation}:line:*            who is begun next, and how many of each tenant: see fair-line/line-rules.ts
 *   {<prefix>:system}:*                        which api looks at the system for all, and what it saw: see system-board.ts
 *   {<prefix>:maintenance}:maintenance:*       BullMQ's keys of the maintenance queue
 *   <prefix>:events:{<creation id>}            stream: the creation's event log, entry ids <number>-0
 *   <prefix>:events                            channel: every event as it is appended
 *   <prefix>:control                           channel: creations whose rows their workers should look at
 *   {<prefix>:bulk-operation}:bulk-operation:* BullMQ's keys of the bulk calls' queue
 *   {<prefix>:webhook-delivery}:webhook-delivery:* BullMQ's keys of the webhooks' queue
 *   {<prefix>:webhook-delivery}:line:*         who is sent to next, and how many tries to each receiver: see fair-line/line-rules.ts
 *   {<prefix>:limits}:<tenant id>[:<key id>]   what was taken of a bucket of requests: on one node, since one call tells of many
 *   <prefix>:session:<digest of its id>        what is known of an operator's session; expires when it is not used
 *   <prefix>:log-level:<service>               what the service is to log for a while; expires with that
 *   <prefix>:sources:*                         copies of sources: see packages/source-cache
 *   {<prefix>:provider:<provider>}:*           what all workers know of an AI provider: see writer/limits/provider-state.ts
 */

/** BullMQ's `prefix` option for a queue. */
export function queuePrefix(prefix: string, queue: string): string {
  return `{${prefix}:${queue}}`;
}

/** A key of BullMQ's own, for what it has no call for. */
export function queueKey(prefix: string, queue: string, name: string): string {
  return `${queuePrefix(prefix, queue)}:${queue}:${name}`;
}

export function workersKey(prefix: string, queue: string): string {
  return `${queuePrefix(prefix, queue)}:workers`;
}

export function startsKey(prefix: string, queue: string): string {
  return `${queuePrefix(prefix, queue)}:starts`;
}

export function leavingKey(prefix: string, queue: string): string {
  return `${queuePrefix(prefix, queue)}:leaving`;
}

export function doingsKey(prefix: string, queue: string): string {
  return `${queuePrefix(prefix, queue)}:doings`;
}

export function talliesKey(prefix: string, queue: string): string {
  return `${queuePrefix(prefix, queue)}:tallies`;
}

export function systemKey(prefix: string, name: string): string {
  return `{${prefix}:system}:${name}`;
}

export function lineKey(prefix: string, queue: string, name: string): string {
  return `${queuePrefix(prefix, queue)}:line:${name}`;
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

export function rateLimitKey(prefix: string, bucket: string): string {
  return `{${prefix}:limits}:${bucket}`;
}

export function sessionKey(prefix: string, name: string): string {
  return `${prefix}:session:${name}`;
}

export function logLevelKey(prefix: string, service: string): string {
  return `${prefix}:log-level:${service}`;
}
