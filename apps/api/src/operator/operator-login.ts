import { hash, timingSafeEqual } from 'node:crypto';
import type { Logger } from '@roleforge/telemetry';
import cookieSession from 'cookie-session';
import express, { type Request, type RequestHandler, type Router } from 'express';
import { RequestProblem } from '../http/problem.ts';
import { loginPage } from './login-page.ts';

const SESSION_MS = 8 * 3_600_000;
export const LOGIN_PATH = '/admin/login';

/** The operator's gate: an admin key in the Authorization header, or a session that a browser got for one. */
export type OperatorGate = {
  /** The login and logout pages. */
  pages: Router;
  /** Lets operators through; sends browsers to the login page and everyone else away with 401. */
  guard: RequestHandler[];
};

/** @param adminApiKey null where none is configured: then nobody gets in */
export function createOperatorGate(adminApiKey: string | null, log: Logger): OperatorGate {
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
  pages.get(LOGIN_PATH, (_request, response) => void response.type('html').send(loginPage(null)));
  pages.post(LOGIN_PATH, session, express.urlencoded({ extended: false, limit: '4kb' }), (request, response) => {
    if (!isAdminKey(request.body?.key)) {
      log.warn('operator login refused', { from: request.socket.remoteAddress });
      response.status(401).type('html').send(loginPage('That is not the admin key.'));
      return;
    }
    log.info('operator logged in', { from: request.socket.remoteAddress });
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
    throw new RequestProblem(
      'unauthenticated',
      'Send the admin key as Authorization: Bearer <key>, or log in at /admin/login.',
      {
        headers: { 'WWW-Authenticate': 'Bearer realm="roleforge-operator"' },
      },
    );
  };
  return { pages, guard: [session, guard] };
}

function bearerOf(request: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Compares digests, so that neither length nor content shows in the time it takes. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
