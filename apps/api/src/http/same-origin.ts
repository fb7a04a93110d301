import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request comes from a page of this very origin, as the browser says, whom a page cannot make say otherwise: by
 * Sec-Fetch-Site, or, where it sends none, by Origin, which every browser sends along with what is not a GET.
 * @param host as the browser addressed us, with the port
 */
export function isFromOwnPage(
  { 'sec-fetch-site': site, origin }: IncomingHttpHeaders,
  host: string | undefined,
): boolean {
  if (site !== undefined) return site === 'same-origin';
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host.toLowerCase();
}

/** Whether a request was made by a browser on behalf of another origin's page. Who sends neither header is no browser. */
export function isFromForeignPage(headers: IncomingHttpHeaders, host: string | undefined): boolean {
  const { 'sec-fetch-site': site, origin } = headers;
  return (site !== undefined || origin !== undefined) && !isFromOwnPage(headers, host);
}
