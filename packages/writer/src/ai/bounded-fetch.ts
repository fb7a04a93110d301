import { CreationFailure } from '@roleforge/domain';

/** Most that an answer may have, in bytes: many times the longest role. */
export const MOST_ANSWER_BYTES = 2 * 1024 * 1024;
/** A streamed answer wraps each token in a few hundred bytes of its own, so its bytes on the wire say little of its length. */
const MOST_STREAM_BYTES = 16 * MOST_ANSWER_BYTES;

export type BoundedFetch = { fetch: typeof globalThis.fetch; exceeded(): boolean };

/** A fetch that ends a response as soon as it has grown too large, whatever it claims to be. For one call. */
export function boundedFetch(fetch: typeof globalThis.fetch = globalThis.fetch): BoundedFetch {
  let exceeded = false;
  return {
    exceeded: () => exceeded,
    async fetch(input, init) {
      const response = await fetch(input, init);
      if (response.body === null) return response;
      const streamed = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
      const limit = streamed ? MOST_STREAM_BYTES : MOST_ANSWER_BYTES;
      let bytes = 0;
      const counter = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          bytes += chunk.byteLength;
          exceeded ||= bytes > limit;
          if (exceeded) controller.error(answerTooLarge());
          else controller.enqueue(chunk);
        },
      });
      const { status, statusText, headers } = response;
      return new Response(response.body.pipeThrough(counter), { status, statusText, headers });
    },
  };
}

export function answerTooLarge(): CreationFailure {
  return new CreationFailure('answer_too_large', 'The AI provider’s answer had no end within 2 MiB.');
}
