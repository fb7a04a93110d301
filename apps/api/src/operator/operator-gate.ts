import type { Actor } from '@roleforge/contracts';
import type { Doer } from '@roleforge/domain';
import type { Logger } from '@roleforge/telemetry';
import type { Request, RequestHandler, Response } from 'express';
import { RequestProblem, unavailable } from '../http/problem.ts';
import { remoteAddressOf } from '../http/remote-address.ts';
import { isFromOwnPage } from '../http/same-origin.ts';
import { actorOf, type OperatorKeys, type OperatorRole, roleOf } from './operator-roles.ts';
import { sessionIdOf } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

export const LOGIN_PATH = '/admin/login';

/** Who was let through, and as what. */
export type Admitted = { role: OperatorRole; actor: Actor };

/** The gate to what is the operator's: a key in the Authorization header, or a session that a browser got for one. */
export type OperatorGate = {
  /** Lets a call with a key in its Authorization header through. @throws RequestProblem 401 */
  admit: (request: Request) => Promise<Admitted>;
  /**
   * Lets those through who have a key or a session; sends browsers that want to look to the login page, and everyone else away with
   * 401. What changes anything is the operator's alone, and with a session it has to come from a page of ours.
   */
  guard: RequestHandler;
};

type Options = { keys: OperatorKeys; sessions: Pick<Sessions, 'find'>; log: Logger };

export function createOperatorGate({ keys, sessions, log }: Options): OperatorGate {
  const byKey = (request: Request): OperatorRole | null => roleOf(keys, bearerOf(request));

  async function bySession(request: Request): Promise<OperatorRole | null> {
    const id = sessionIdOf(request);
    if (id === null) return null;
    try {
      return await sessions.find(id);
    } catch (error) {
      throw unavailable('Redis does not answer, and with it nothing is known of sessions. Try again.', error);
    }
  }

  return {
    async admit(request) {
      const role = byKey(request);
      if (role !== null) return { role, actor: actorOf(role) };
      log.warn('admin key refused', { from: remoteAddressOf(request) });
      throw notTheOperator();
    },
    async guard(request, response, next) {
      const withKey = byKey(request);
      const role = withKey ?? (await bySession(request));
      if (role === null) {
        if (isLook(request) && request.accepts(['json', 'html']) === 'html') return response.redirect(302, LOGIN_PATH);
        throw notTheOperator();
      }
      if (!isLook(request)) {
        if (withKey === null && !isFromOwnPage(request.headers, request.host))
          throw new RequestProblem('forbidden', 'This has to come from a page of this very address.');
        requireOperator(role);
      }
      response.locals.operatorRole = role;
      next();
    },
  };
}

/** As what the guard let a request through. */
export function admittedAs(response: Response): OperatorRole {
  return response.locals.operatorRole as OperatorRole;
}

/** Who does something behind the guard, for the audit log. */
export function doerOf(request: Request, response: Response): Doer {
  return {
    actor: actorOf(admittedAs(response)),
    remoteAddress: remoteAddressOf(request),
    requestId: String(response.getHeader('X-Request-Id')),
  };
}

/** @throws RequestProblem 403 for those who may only look */
export function requireOperator(role: OperatorRole): void {
  if (role !== 'operator')
    throw new RequestProblem('forbidden', 'The viewer’s key is for looking; this needs the admin key.');
}

function isLook({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
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
