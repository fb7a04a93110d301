import cors, { type CorsOptions } from 'cors';
import type { RequestHandler } from 'express';

/** What pages of other origins may do: answer headers for a call, and the answer to the question that comes before it. */
export type CrossOrigin = {
  answer: RequestHandler;
  /** Answers a preflight for an address that takes these methods; passes one of an origin that is not listed on. */
  preflight(methods: readonly string[]): RequestHandler;
};

const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-None-Match',
  'Last-Event-ID',
  'Prefer',
  'traceparent',
  'X-Request-Id',
];
const ANSWER_HEADERS = [
  'Content-Disposition',
  'ETag',
  'Idempotency-Replayed',
  'Location',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
];
/** How long a browser keeps the answer to a preflight. */
const PREFLIGHT_SECONDS = 600;

/**
 * For pages of the origins listed, which show a key: cookies mean nothing to the tenants' calls, so none are ever let along.
 * @returns undefined where none is listed: then no answer says anything of other origins
 */
export function crossOrigin(origins: readonly string[]): CrossOrigin | undefined {
  if (origins.length === 0) return undefined;
  const options: CorsOptions = {
    origin: [...origins],
    credentials: false,
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: ANSWER_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
  };
  const answerAll = cors(options);
  return {
    // The preflights have handlers of their own; here they would be answered for any address.
    answer: (request, response, next) => (request.method === 'OPTIONS' ? next() : answerAll(request, response, next)),
    preflight(methods) {
      const answerPreflight = cors({ ...options, methods: [...methods] });
      return (request, response, next) => {
        const { origin, 'access-control-request-method': asked } = request.headers;
        if (origin === undefined || asked === undefined || !origins.includes(origin)) return next();
        answerPreflight(request, response, next);
      };
    },
  };
}
