/** An endpoint at which every try has failed for so long is disabled, in milliseconds. */
export const DISABLED_AFTER_MS = 5 * 86_400_000;

/** What a try says of its endpoint. */
export type EndpointNews = {
  /** Since when every try has failed; null where the last one did not. */
  failingSince: Date | null;
  /** Why it is to be disabled, in words for its owner; null where it is not. */
  disabledBecause: string | null;
};

/**
 * What a try says of its endpoint. It fails from the first failed try after a success, until the next success.
 * @param failingSince as it was before
 * @param failure what went wrong, in words for the endpoint's owner; null where nothing did
 * @param gone whether it said that nothing more is to be sent there
 */
export function endpointNews(
  failingSince: Date | null,
  { failure, gone }: { failure: string | null; gone: boolean },
  now: Date,
): EndpointNews {
  if (failure === null) return { failingSince: null, disabledBecause: null };
  const since = failingSince ?? now;
  if (gone)
    return { failingSince: since, disabledBecause: 'It answered 410 Gone: it does not want to be told any more.' };
  if (now.getTime() - since.getTime() < DISABLED_AFTER_MS) return { failingSince: since, disabledBecause: null };
  return {
    failingSince: since,
    disabledBecause: `Every delivery since ${since.toISOString()} has failed. The last failure: ${failure}`,
  };
}
