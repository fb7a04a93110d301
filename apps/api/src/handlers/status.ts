import type { SystemStatus } from '@roleforge/contracts';
import { unavailable } from '../http/problem.ts';
import type { Input, Reply } from '../http/route.ts';
import type { StatusStreams } from '../system/status-streams.ts';
import type { SystemWatch } from '../system/system-watch.ts';

export type StatusNeeds = { system: Pick<SystemWatch, 'seen'>; statusStreams: StatusStreams };

/** How the system does, for whoever asks: from what was seen last, so that no store is waited for. */
export function statusHandlers({ system, statusStreams }: StatusNeeds) {
  return {
    async read({ headers }: Input<unknown, unknown, unknown>): Promise<Reply> {
      const { status }: { status: SystemStatus } = await system.seen();
      if (headers.accept?.includes('text/event-stream') !== true)
        return { status: 200, body: status, headers: { 'Cache-Control': 'no-store' } };
      const place = statusStreams.admit();
      if (place === null) throw unavailable('Too many follow the status here. Ask for it without a stream.');
      return { stream: place.join, notBegun: place.giveBack };
    },
  };
}
