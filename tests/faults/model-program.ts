import { type RecordedRequest, startScriptedModel } from '@roleforge/testkit';
import type { AiCall } from './evidence.ts';

/**
 * A scripted model in a process of its own, so that neither it nor the load waits for the other. It tells its address, and, whenever
 * it is asked, the calls that it has had: whose, from when to when.
 */
const calls: AiCall[] = [];

const model = await startScriptedModel({
  record: false,
  onRequest(request) {
    const call: AiCall = { marker: markerIn(request), startedAt: Date.now(), endedAt: null };
    calls.push(call);
    void request.closed.then(() => {
      call.endedAt = Date.now();
    });
  },
});
model.always({ kind: 'answer', delayMs: Number(process.argv[2]) });

process.on('message', () => process.send?.(calls));
process.on('disconnect', () => process.exit(0));
process.send?.(model.url);

/** The base info's name stands in the prompt as JSON. */
function markerIn({ body }: RecordedRequest): string {
  return /\br-\d{6}\b/.exec(JSON.stringify(body.messages))?.[0] ?? 'no marker';
}
