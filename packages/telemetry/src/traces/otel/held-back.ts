import { type Context, createContextKey } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';

/** A span and all beneath it, of which it is not known yet whether they are to be told of. */
export class HeldBack {
  #fate: 'open' | 'kept' | 'dropped' = 'open';
  #waiting: (() => void)[] = [];

  /** Passes on what comes, now, later or never. */
  take(pass: () => void): void {
    if (this.#fate === 'open') this.#waiting.push(pass);
    else if (this.#fate === 'kept') pass();
  }

  /** Passes on all, unless it was discarded. */
  keep(): void {
    if (this.#fate === 'open') this.#fate = 'kept';
    for (const pass of this.#waiting.splice(0)) pass();
  }

  /** Passes on nothing, unless it was kept. */
  discard(): void {
    if (this.#fate === 'open') this.#fate = 'dropped';
    this.#waiting = [];
  }
}

const KEY = createContextKey('roleforge: held back');

/** A context in which each span that is begun, and all beneath it, are held back. */
export function heldBackIn(context: Context, held: HeldBack): Context {
  return context.setValue(KEY, held);
}

/** A processor to which spans come when they have ended, and when it is known that they are worth telling. */
export function holdBack(next: SpanProcessor): SpanProcessor {
  const held = new WeakMap<object, HeldBack>();
  return {
    onStart(span, context) {
      const by = context.getValue(KEY);
      if (by instanceof HeldBack) held.set(span, by);
      next.onStart(span, context);
    },
    onEnd(span: ReadableSpan) {
      const by = held.get(span);
      if (by === undefined) next.onEnd(span);
      else by.take(() => next.onEnd(span));
    },
    forceFlush: () => next.forceFlush(),
    shutdown: () => next.shutdown(),
  };
}
