import { hash, timingSafeEqual } from 'node:crypto';
import type { Actor } from '@roleforge/contracts';
import type { Logger } from '@roleforge/telemetry';
import cookieSession from 'cookie-session';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { RequestProblem } from '../http/problem.ts';
import { remoteAddressOf } from '../http/remote-address.ts';
import { pageHeaders, setHeaders } from '../http/security-headers.ts';
import type { LoginAttempt, LoginAttempts } from './login-attempts.ts';
import { loginPage } from './login-page.ts';

const SESSION_MS = 8 * 3_600_000;
export const LOGIN_PATH = '/admin/login';
const HEADERS = pageHeaders({ styleSrc: ["'unsafe-inline'"], imgSrc: ['data:'] });

/** The operator's gate: an admin key in the Authorization header, or a session that a browser got for one. */
export type OperatorGate = {
  /** The login and logout pages. */
  pages: Router;
  /** Lets a call with the admin key in its Authorization header through. @throws RequestProblem 401 */
  admit: (request: Request) => Promise<Actor>;
  /** Lets operators through; sends browsers to the login page and everyone else away with 401. */
  guard: RequestHandler[];
};

type Options = { logins: LoginAttempts; log: Logger };

/** @param adminApiKey null where none is configured: then nobody gets in */
export function createOperatorGate(adminApiKey: string | null, { logins, log }: Options): OperatorGate {
  // The cookie is signed with a key that follows from the admin key: changing that ends every session.
  const session = cookieSession({
    name: 'roleforge_operator',
    keys: [hash('sha256', `operator session ${adminApiKey ?? crypto.randomUUID()}`)],
    maxAge: SESSION_MS,
    httpOnly: true,
    sameSite: 'strict',
    path: '/admin',
  });
  const isAdminKey = (given: unknown) =>
    adminApiKey !== null && typeof given === 'string' && sameText(given, adminApiKey);

  const pages = express.Router();
  pages.use(LOGIN_PATH, (_request, response, next) => {
    setHeaders(response, HEADERS);
    next();
  });
  pages.get(LOGIN_PATH, (_request, response) => void response.type('html').send(loginPage(null)));
  pages.post(LOGIN_PATH, session, express.urlencoded({ extended: false, limit: '4kb' }), async (request, response) => {
    const attempt = attemptOf(request, response);
    const waitS = logins.begin(attempt);
    if (waitS !== null || !isAdminKey(request.body?.key)) {
      logins.refused(attempt);
      log.warn('operator login refused', { from: attempt.remoteAddress, tooMany: waitS !== null });
      if (waitS !== null) response.setHeader('Retry-After', waitS);
      const refusal =
        waitS === null ? 'That is not the admin key.' : `Too many attempts. Try again in ${waitS} seconds.`;
      response
        .status(waitS === null ? 401 : 429)
        .type('html')
        .send(loginPage(refusal));
      return;
    }
    await logins.succeeded(attempt);
    log.info('operator logged in', { from: attempt.remoteAddress });
    request.session = { until: Date.now() + SESSION_MS };
    response.redirect(303, '/admin/queues');
  });
  pages.post('/admin/logout', session, (request, response) => {
    request.session = null;
    response.redirect(303, LOGIN_PATH);
  });

  const guard: RequestHandler = (request, response, next) => {
    if (request.session?.until > Date.now() || isAdminKey(bearerOf(request))) return next();
    if (request.method === 'GET' && request.accepts(['json', 'html']) === 'html')
      return response.redirect(302, LOGIN_PATH);
    throw notTheOperator();
  };
  const admit = async (request: Request): Promise<Actor> => {
    if (isAdminKey(bearerOf(request))) return { kind: 'operator', id: 'admin_key' };
    log.warn('admin key refused', { from: remoteAddressOf(request) });
    throw notTheOperator();
  };
  return { pages, admit, guard: [session, guard] };
}

function attemptOf(request: Request, response: Response): LoginAttempt {
  return { remoteAddress: remoteAddressOf(request), requestId: String(response.getHeader('X-Request-Id')) };
}

function notTheOperator(): RequestProblem {
  return new RequestProblem(
    'unauthenticated',
    'Send the admin key as Authorization: Bearer <key>, or log in at /admin/login.',
    { headers: { 'WWW-Authenticate': 'Bearer realm="roleforge-operator"' } },
  );
}

function bearerOf(request: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Compares digests, so that neither length nor content shows in the time it takes. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
