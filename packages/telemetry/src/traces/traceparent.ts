/** The part of a W3C traceparent that names the trace; undefined where there is none. */
export function traceIdOf(traceparent: string | null | undefined): string | undefined {
  return traceparent?.slice(3, 35);
}
