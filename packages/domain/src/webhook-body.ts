import type { CreationId, CreationStatus, RoleId, TaskId, WebhookBody, WebhookEvent } from '@roleforge/contracts';
import { isTerminal } from './creation-states.ts';

/** What a message about a creation's end is made from. */
export type EndedCreation = {
  id: CreationId;
  taskId: TaskId;
  roleId: RoleId;
  roleVersion: number | null;
  status: CreationStatus;
  finishedAt: Date;
  metadata: Record<string, string>;
};

/** The event by which tenants are told of a creation's end. @throws Error where it has not ended */
export function endEvent(status: CreationStatus): WebhookEvent {
  if (!isTerminal(status)) throw new Error(`A creation that is ${status} has not ended.`);
  return `role_creation.${status}` as WebhookEvent;
}

/** Whether somebody who asked for these events wants this one; null and undefined ask for all. */
export function wantsEvent(events: readonly WebhookEvent[] | null | undefined, event: WebhookEvent): boolean {
  return events === undefined || events === null || events.includes(event);
}

/** Standard Webhooks asks for less than this, in bytes; and the column that keeps it has a limit as well. */
const LARGEST_BODY = 20_000;

/**
 * The exact text that is sent, and signed, at every try. Metadata that would make it too large is left out: it stands on the creation.
 * @throws Error where the creation has not ended
 */
export function webhookBody(creation: EndedCreation): string {
  const whole = bodyOf(creation);
  return Buffer.byteLength(whole) < LARGEST_BODY ? whole : bodyOf({ ...creation, metadata: {} });
}

function bodyOf({ id, taskId, roleId, roleVersion, status, finishedAt, metadata }: EndedCreation): string {
  return JSON.stringify({
    type: endEvent(status),
    timestamp: finishedAt.toISOString(),
    data: { id, roleId, roleVersion, status, taskId, metadata },
  } satisfies WebhookBody);
}
