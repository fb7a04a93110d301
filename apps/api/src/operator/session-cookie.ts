import type { Request, Response } from 'express';
import { SESSION_LIMITS } from './sessions.ts';

const NAME = 'roleforge_operator';
const GIVEN = new RegExp(`(?:^|;\\s*)${NAME}=([\\w-]{1,100})\\s*(?:;|$)`);

/** The id of the session that a browser shows; null where it shows none. */
export function sessionIdOf({ headers }: Pick<Request, 'headers'>): string | null {
  return GIVEN.exec(headers.cookie ?? '')?.[1] ?? null;
}

/**
 * Has the browser keep a session's id: out of the reach of scripts, for this origin's own pages below /admin alone, and where it came
 * by TLS, to us or to a proxy that is believed, for nothing else.
 */
export function keepSession(request: Request, response: Response, id: string): void {
  response.cookie(NAME, id, { ...attributesOf(request), maxAge: SESSION_LIMITS.mostMs });
}

export function dropSession(request: Request, response: Response): void {
  response.clearCookie(NAME, attributesOf(request));
}

function attributesOf({ secure }: Request) {
  return { httpOnly: true, sameSite: 'strict', secure, path: '/admin' } as const;
}
