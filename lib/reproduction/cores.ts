/** Cores that trials share, each with as many as it has threads, in the order in which they ask. */
export interface Cores {
  /** Waits until so many are free: all, where more are asked for. */
  take(threads: number): Promise<void>;
  /** Gives them back. */
  give(threads: number): void;
}

/** So many cores, all of them free. */
export function coresOf(count: number): Cores {
  let free = count;
  const waiting: { wanted: number; start: () => void }[] = [];
  const wantedOf = (threads: number) => Math.min(threads, count);

  function startThoseThatFit(): void {
    // None overtakes another: a trial of all cores would wait for the end of all others.
    while (waiting[0] && waiting[0].wanted <= free) {
      free -= waiting[0].wanted;
      waiting.shift()!.start();
    }
  }

  return {
    take: (threads) =>
      new Promise((start) => {
        waiting.push({ wanted: wantedOf(threads), start });
        startThoseThatFit();
      }),
    give(threads) {
      free += wantedOf(threads);
      startThoseThatFit();
    },
  };
}
