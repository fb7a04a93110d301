import { lookup, Resolver } from 'node:dns/promises';

/** One address that a name leads to. */
export type ResolvedAddress = { address: string; family: number };

/**
 * Finds all addresses of a name. An empty list where it has none.
 * @throws whatever tells that it could not be found out, or that `signal` ended the search
 */
export type ResolveName = (hostname: string, signal: AbortSignal) => Promise<readonly ResolvedAddress[]>;

/**
 * Asks name servers without the thread pool: a customer's slow name server would take up the threads that files, zlib and
 * hashing share, four in all. The machine's own list of hosts is not looked at; it names nothing on the public internet.
 *
 * @param servers those to ask, with ports; the ones that the machine is set up with where not given
 */
export function askNameServers(servers?: readonly string[]): ResolveName {
  return async (hostname, signal) => {
    const resolver = new Resolver({ timeout: 2_000, tries: 2 });
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
      if (four.status === 'rejected' && six.status === 'rejected') throw four.reason;
      return [...addressesOf(four, 4), ...addressesOf(six, 6)];
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}

function addressesOf(answer: PromiseSettledResult<string[]>, family: number): ResolvedAddress[] {
  return answer.status === 'fulfilled' ? answer.value.map(address => ({ address, family })) : [];
}

/** Asks as every other program on this machine does, its list of hosts included: for development. */
export const askMachine: ResolveName = hostname => lookup(hostname, { all: true });
