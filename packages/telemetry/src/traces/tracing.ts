/** Who began what a span stands for, and where it goes on; `internal` where that is nobody else. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** Names, numbers and ids, by OpenTelemetry's names where it has one; never a secret, never what a customer wrote. */
export type SpanFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export type SpanOptions = {
  kind?: SpanKind;
  /**
   * A W3C traceparent from another process, or from a row that was written before; null, or one that cannot be read, for a trace of its
   * own. Without it the span belongs to the work that is being done, and there is none where that is not traced.
   */
  parent?: string | null;
  fields?: SpanFields;
  /** Whether it is to be known first whether this and what is beneath it is worth telling: see `keep` and `discard`. */
  heldBack?: boolean;
};

/** A piece of work as it is being traced. */
export type Span = {
  /** For those who carry on elsewhere; null where nothing is traced. */
  readonly traceparent: string | null;
  set(fields: SpanFields): void;
  /** Says that it came to nothing. @param type a code or an error's name, never its message */
  fail(type: string): void;
  /** Tells of a span that was held back, and of those beneath it; its end does so too. */
  keep(): void;
  /** Tells nothing of a span that was held back, nor of any beneath it. */
  discard(): void;
};

/** Tells a collector what work was done for whom. What it costs those who work never depends on the collector. */
export type Tracing = {
  /** Does the work as a span. An error that it throws marks the span, by its code or name, and is thrown on. */
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /**
   * Does at once what many have asked for. Each one's trace gets a span of its own for it; what is beneath, the statements say, stands
   * in the trace of the first, to which the spans of the others are linked. Whoever calls this does it for them, not for itself.
   * @param origins the traceparents of those who asked; one that occurs twice counts once
   */
  together<T>(
    name: string,
    origins: () => readonly (string | null)[],
    options: Pick<SpanOptions, 'kind' | 'fields'>,
    work: () => Promise<T>,
  ): Promise<T>;
  /**
   * Begins the span of a statement that is being sent to a database, whose end is to be told to what it returns; null where it is for
   * nobody who is traced. Undefined where nothing is.
   * @param sql with a placeholder for each value
   */
  readonly onStatement: ((sql: string) => ((error: unknown) => void) | null) | undefined;
  /** Hands over what is left, for a short time at most, and stops. */
  close(): Promise<void>;
};

/** The span of work that is not traced. */
export const NO_SPAN: Span = { traceparent: null, set() {}, fail() {}, keep() {}, discard() {} };

/** Traces nothing, and loads nothing. */
export const noTracing: Tracing = {
  span: (_name, _options, work) => work(NO_SPAN),
  together: (_name, _origins, _options, work) => work(),
  onStatement: undefined,
  async close() {},
};
