/** Lines on their way to where they are written, in their order. */
export type GatheredLines = {
  add(line: string): void;
  /** Writes what has been gathered. */
  flush(): void;
};

/**
 * Gathers the lines of one turn of the event loop into one text: under load there are many in a turn, and each write costs as much as making
 * the line does. What is gathered when the process ends is written then; one that is killed in the middle of a turn takes that turn's lines along.
 */
export function gatherLines(write: (text: string) => void): GatheredLines {
  let lines: string[] = [];
  function flush(): void {
    if (lines.length === 0) return;
    const text = lines.join('\n');
    lines = [];
    write(text);
  }
  process.once('exit', flush);
  return {
    add(line) {
      if (lines.push(line) === 1) setImmediate(flush);
    },
    flush,
  };
}
