import type { Logger } from '@roleforge/telemetry';
import express, { type Request, type Response, type Router } from 'express';
import { RequestProblem, unavailable } from '../http/problem.ts';
import { remoteAddressOf } from '../http/remote-address.ts';
import { isFromForeignPage, isFromOwnPage } from '../http/same-origin.ts';
import { pageHeaders, setHeaders } from '../http/security-headers.ts';
import type { LoginAttempt, LoginAttempts } from './login-attempts.ts';
import { loginPage } from './login-page.ts';
import { LOGIN_PATH } from './operator-gate.ts';
import { actorOf, type OperatorKeys, roleOf } from './operator-roles.ts';
import { dropSession, keepSession, sessionIdOf } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

export const LOGOUT_PATH = '/admin/logout';

// With the referrer kept from it altogether, a browser would hide the form's own origin from us.
const HEADERS = [
  ...pageHeaders({ styleSrc: ["'unsafe-inline'"], imgSrc: ['data:'] }),
  ['Referrer-Policy', 'same-origin'],
  ['Cache-Control', 'no-store'],
] as const;

type Options = { keys: OperatorKeys; sessions: Sessions; logins: LoginAttempts; home: string; log: Logger };

/** The login page and the logout. @param home where one who has logged in is led */
export function loginPages({ keys, sessions, logins, home, log }: Options): Router {
  const pages = express.Router();
  pages.use(LOGIN_PATH, (_request, response, next) => {
    setHeaders(response, HEADERS);
    next();
  });
  pages.get(LOGIN_PATH, (_request, response) => void response.type('html').send(loginPage(null)));

  pages.post(LOGIN_PATH, express.urlencoded({ extended: false, limit: '4kb' }), async (request, response) => {
    // Another's page would have the browser look at the board in a session that its owner knows.
    if (isFromForeignPage(request.headers, request.host)) throw foreign();
    const attempt = attemptOf(request, response);
    const waitS = logins.begin(attempt);
    const role = waitS === null ? roleOf(keys, request.body?.key) : null;
    if (role === null) {
      logins.refused(attempt);
      log.warn('operator login refused', { from: attempt.remoteAddress, tooMany: waitS !== null });
      return refuse(response, waitS);
    }
    await logins.succeeded(attempt, actorOf(role));
    log.info('operator logged in', { from: attempt.remoteAddress, role });
    const before = sessionIdOf(request);
    const id = await known(async () => {
      if (before !== null) await sessions.end(before);
      return sessions.begin(role);
    });
    keepSession(request, response, id);
    response.redirect(303, home);
  });

  pages.post(LOGOUT_PATH, async (request, response) => {
    if (!isFromOwnPage(request.headers, request.host)) throw foreign();
    const id = sessionIdOf(request);
    const role = id === null ? null : await known(() => sessions.find(id));
    if (id !== null && role !== null) {
      await known(() => sessions.end(id));
      const attempt = attemptOf(request, response);
      await logins.loggedOut(attempt, actorOf(role));
      log.info('operator logged out', { from: attempt.remoteAddress, role });
    }
    dropSession(request, response);
    response.redirect(303, LOGIN_PATH);
  });
  return pages;
}

function refuse(response: Response, waitS: number | null): void {
  if (waitS !== null) response.setHeader('Retry-After', waitS);
  const refusal = waitS === null ? 'That is neither of the keys.' : `Too many attempts. Try again in ${waitS} seconds.`;
  response
    .status(waitS === null ? 401 : 429)
    .type('html')
    .send(loginPage(refusal));
}

async function known<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw unavailable('Redis does not answer, and with it no session begins or ends. Try again.', error);
  }
}

function foreign(): RequestProblem {
  return new RequestProblem('forbidden', 'This has to come from a page of this very address.');
}

function attemptOf(request: Request, response: Response): LoginAttempt {
  return { remoteAddress: remoteAddressOf(request), requestId: String(response.getHeader('X-Request-Id')) };
}
