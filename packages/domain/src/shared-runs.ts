/** A run of 24 ideographs or 60 letters is nobody's chance; it holds a block that begins at a multiple of this length. */
const BLOCK = 12;
const WEIGHT = { ideograph: 2.5, enough: 60 };
/** A text may repeat itself without end; these many places of one block are followed. */
const MOST_PLACES = 8;

/**
 * Finds the long runs that compact texts share with this one. The secret is indexed once; a text is then read in steps of a
 * block, so that the time grows with its length.
 */
export function runsSharedWith(secret: string): (compact: string) => string[] {
  const places = new Map<string, number[]>();
  for (let at = 0; at + BLOCK <= secret.length; at += 1) {
    const block = secret.slice(at, at + BLOCK);
    const known = places.get(block);
    if (known === undefined) places.set(block, [at]);
    else if (known.length < MOST_PLACES) known.push(at);
  }
  return text => {
    const runs: string[] = [];
    let after = 0;
    for (let at = 0; at + BLOCK <= text.length; at += BLOCK) {
      if (at < after) continue;
      for (const place of places.get(text.slice(at, at + BLOCK)) ?? []) {
        const run = runAround(text, at, secret, place);
        after = Math.max(after, run.end);
        const shared = text.slice(run.start, run.end);
        if (weightOf(shared) >= WEIGHT.enough) runs.push(shared);
      }
    }
    return runs;
  };
}

/** From where to where `text` is the same as `secret`, around two places where they agree. */
function runAround(text: string, at: number, secret: string, place: number): { start: number; end: number } {
  let start = 0;
  while (start < Math.min(at, place) && text[at - start - 1] === secret[place - start - 1]) start += 1;
  let end = BLOCK;
  while (at + end < text.length && place + end < secret.length && text[at + end] === secret[place + end]) end += 1;
  return { start: at - start, end: at + end };
}

function weightOf(run: string): number {
  const ideographs = run.match(/\p{Script=Han}/gu)?.length ?? 0;
  return run.length + ideographs * (WEIGHT.ideograph - 1);
}
