import { RequestProblem } from './http/problem.ts';

/** Why nothing may be sent to an address, as far as it can be told from how it is written; null where it may be tried. */
export type RefusedUrl = (url: string) => string | null;

/** What a request comes to that names an address to be notified at, `pointer` being where; null where that may be, or none is named. */
export function addressRefusal(
  refusedUrl: RefusedUrl,
  url: string | undefined,
  pointer: string,
): RequestProblem | null {
  const message = url === undefined ? null : refusedUrl(url);
  if (message === null) return null;
  return new RequestProblem('address_not_allowed', 'Nothing may be sent to this address; `errors` says why.', {
    errors: [{ pointer, message }],
  });
}
