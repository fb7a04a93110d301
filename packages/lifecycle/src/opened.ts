/** What a program has opened so far, and how each of it is closed. */
export type Opened = {
  add(close: () => unknown): void;
  /** Closes everything in reverse order, also after one that fails; rejects with the first failure at the end. */
  closeAll(): Promise<void>;
};

/** For a start that releases what it took when it fails, and a stop that is the reverse of the start. */
export function nothingOpened(): Opened {
  const closes: (() => unknown)[] = [];
  return {
    add: close => void closes.push(close),
    async closeAll() {
      const failures: unknown[] = [];
      for (const close of closes.splice(0).toReversed()) {
        try {
          await close();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
