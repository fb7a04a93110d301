import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet, { type HelmetOptions } from 'helmet';

/** A header's name and value. */
export type FixedHeader = readonly [name: string, value: string];

type Directives = NonNullable<
  NonNullable<Exclude<HelmetOptions['contentSecurityPolicy'], boolean | undefined>>['directives']
>;

const YEAR_SECONDS = 31_536_000;

/**
 * The headers of every answer, by helmet, made once: run for each request, helmet would cost the accept path several times what
 * setting them does. What means something to pages alone is left out, and set for the pages. HTTPS is insisted on where a proxy
 * stands in front, for it is the one that speaks it, and for this host alone: what else the domain has is not ours to say.
 */
export function securityHeaders({ behindProxy }: { behindProxy: boolean }): readonly FixedHeader[] {
  return headersOf({
    contentSecurityPolicy: policy({ defaultSrc: ["'none'"], frameAncestors: ["'none'"] }),
    strictTransportSecurity: behindProxy && { maxAge: YEAR_SECONDS, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
}

/** What a page for people has besides, in place of the policy under which a page shows nothing. */
export function pageHeaders(directives: Directives): readonly FixedHeader[] {
  return headersOf({
    contentSecurityPolicy: policy({
      defaultSrc: ["'none'"],
      baseUri: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      ...directives,
    }),
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
}

/** Without helmet's own directives: one of them would have browsers ask for HTTPS where there is none. */
function policy(directives: Directives): HelmetOptions['contentSecurityPolicy'] {
  return { useDefaults: false, directives };
}

export function setHeaders(response: ServerResponse, headers: readonly FixedHeader[]): void {
  for (const [name, value] of headers) response.setHeader(name, value);
}

/** What helmet sets on any answer: nothing of it depends on the request. */
function headersOf(options: HelmetOptions): readonly FixedHeader[] {
  const set = new Map<string, string>();
  const response = {
    setHeader: (name: string, value: string) => void set.set(name, value),
    removeHeader: (name: string) => void set.delete(name),
  };
  helmet(options)({} as IncomingMessage, response as unknown as ServerResponse, error => {
    if (error !== undefined) throw error;
  });
  return [...set];
}
