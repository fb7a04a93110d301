/** Whether a try may begin, and if not, when to come again. A slot is given back once. */
export type Turn = { kind: 'go'; release(): void } | { kind: 'wait'; ms: number };

/** Deliveries in flight to one address at a time, in one process. */
export const MOST_AT_ONE_ADDRESS = 8;
/** No appointment is further away than this, in milliseconds: an address that has come back is found soon. */
export const LONGEST_WAIT_MS = 30_000;
const SHORTEST_WAIT_MS = 100;
/** How much the last try counts in the mean of how long they take. */
const WEIGHT = 0.3;

type Address = { inFlight: number; meanMs: number; nextFree: number };

/**
 * Keeps one slow address from taking all the hands of a worker. Who finds all slots of an address taken is given an appointment at the
 * pace at which tries there end, each a little later than the one before.
 * @param clock Unix milliseconds
 */
export function createEndpointSlots(clock: () => number, most = MOST_AT_ONE_ADDRESS): (address: string) => Turn {
  const addresses = new Map<string, Address>();
  return name => {
    const address = addresses.get(name) ?? { inFlight: 0, meanMs: 1_000, nextFree: 0 };
    const now = clock();
    if (address.inFlight >= most) {
      address.nextFree = Math.max(now, address.nextFree) + address.meanMs / most;
      const ms = Math.round(address.nextFree - now);
      if (ms > LONGEST_WAIT_MS) address.nextFree = now + LONGEST_WAIT_MS;
      return { kind: 'wait', ms: Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, ms)) };
    }
    address.inFlight += 1;
    addresses.set(name, address);
    let given = false;
    return {
      kind: 'go',
      release() {
        if (given) return;
        given = true;
        address.inFlight -= 1;
        address.meanMs += WEIGHT * (clock() - now - address.meanMs);
        // Nothing is kept of an address to which nothing is sent.
        if (address.inFlight === 0) addresses.delete(name);
      },
    };
  };
}
