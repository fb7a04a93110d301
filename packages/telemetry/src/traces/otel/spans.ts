import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  type Span as OtelSpan,
  SpanKind as OtelSpanKind,
  ROOT_CONTEXT,
  type SpanContext,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { NO_SPAN, type Span, type SpanFields, type Tracing } from '../tracing.ts';
import { HeldBack, heldBackIn } from './held-back.ts';

const KINDS = {
  internal: OtelSpanKind.INTERNAL,
  server: OtelSpanKind.SERVER,
  client: OtelSpanKind.CLIENT,
  producer: OtelSpanKind.PRODUCER,
  consumer: OtelSpanKind.CONSUMER,
} as const;

/** Ends a span. @param error what it came to nothing with, if it did */
export type EndSpan = (error?: unknown) => void;

/** Begins the span of a call to a server, within the work that is being done; null where that is not traced, or is over. */
export type Begin = (describe: () => { name: string; fields: SpanFields }) => EndSpan | null;

/**
 * So many calls to servers are shown of one piece of work: putting five hundred jobs on a queue is one, and so is an event stream that is
 * open for a day and looks after itself twice a second.
 */
const MOST_CALLS_OF_ONE = 32;

/** Spans, each of which knows by the asynchronous context which work it is a part of. */
export function createSpans(tracer: Tracer): Pick<Tracing, 'span' | 'together'> & { begin: Begin } {
  const storage = new AsyncLocalStorage<Context>();
  const calls = new WeakMap<OtelSpan, number>();

  /** What goes on after a piece of work has ended, a timer that was set in it say, is no part of it. */
  const current = (): { context: Context; span: OtelSpan } | null => {
    const context = storage.getStore();
    const span = context && trace.getSpan(context);
    return context !== undefined && span?.isRecording() === true ? { context, span } : null;
  };

  return {
    async span(name, options, work) {
      const { parent, kind = 'internal', fields = {}, heldBack = false } = options;
      const from = parent === undefined ? current()?.context : contextOf(parent);
      if (from === undefined) return work(NO_SPAN);
      const held = heldBack ? new HeldBack() : null;
      const within = held === null ? from : heldBackIn(from, held);
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes: attributesOf(fields) }, within);
      try {
        return await storage.run(trace.setSpan(within, span), () => work(handleOf(span, held)));
      } catch (error) {
        fail(span, typeOf(error));
        throw error;
      } finally {
        span.end();
        held?.keep();
      }
    },

    async together(name, origins, { kind = 'internal', fields = {} }, work) {
      const [first, ...others] = sampled(origins());
      if (first === undefined) return storage.run(ROOT_CONTEXT, work);
      const about = { kind: KINDS[kind], attributes: attributesOf(fields) };
      const lead = tracer.startSpan(name, about, first);
      const links = [{ context: lead.spanContext() }];
      const spans = [lead, ...others.map(origin => tracer.startSpan(name, { ...about, links }, origin))];
      try {
        return await storage.run(trace.setSpan(first, lead), work);
      } catch (error) {
        for (const span of spans) fail(span, typeOf(error));
        throw error;
      } finally {
        for (const span of spans) span.end();
      }
    },

    begin(describe) {
      const doing = current();
      if (doing === null) return null;
      const before = calls.get(doing.span) ?? 0;
      calls.set(doing.span, before + 1);
      if (before >= MOST_CALLS_OF_ONE) {
        if (before === MOST_CALLS_OF_ONE) doing.span.setAttribute('roleforge.calls.cut', true);
        return null;
      }
      const { name, fields } = describe();
      const about = { kind: OtelSpanKind.CLIENT, attributes: attributesOf(fields) };
      const span = tracer.startSpan(name, about, doing.context);
      return error => {
        if (error !== undefined) fail(span, typeOf(error));
        span.end();
      };
    },
  };
}

function contextOf(traceparent: string | null): Context {
  const parent = traceparent === null ? null : parseTraceParent(traceparent);
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

/** The contexts of those that are traced, each once. */
function sampled(origins: readonly (string | null)[]): Context[] {
  return [...new Set(origins)].map(contextOf).filter(context => {
    const flags = trace.getSpanContext(context)?.traceFlags ?? TraceFlags.NONE;
    return (flags & TraceFlags.SAMPLED) !== 0;
  });
}

function handleOf(span: OtelSpan, held: HeldBack | null): Span {
  return {
    get traceparent() {
      return traceparentOf(span.spanContext());
    },
    set: fields => void span.setAttributes(attributesOf(fields)),
    fail: type => fail(span, type),
    keep: () => held?.keep(),
    discard: () => held?.discard(),
  };
}

function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01'}`;
}

function attributesOf(fields: SpanFields): Attributes {
  const attributes: Attributes = {};
  for (const name in fields) attributes[name] = fields[name] ?? undefined;
  return attributes;
}

function fail(span: OtelSpan, type: string): void {
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
}

const CODE = /^[\w.-]{1,64}$/;

/** What a fault is called. Its message may hold what customers wrote, and stays here. */
function typeOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  const told = [code, name].find(one => typeof one === 'string' && CODE.test(one));
  return typeof told === 'string' ? told : '_OTHER';
}
