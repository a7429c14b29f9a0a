/** Turns of the event loop in long work. */

// Seldom enough to cost nothing beside the work: a turn takes about a millisecond.
const MILLISECONDS_BETWEEN_TURNS = 50;

let last = performance.now();

/**
 * To be awaited again and again in long work: lets signals, timers and messages come in now and then. What is computed is awaited
 * too, but is there at once, and such promises are settled before anything from outside is heard.
 */
export async function turnOfEventLoop(): Promise<void> {
  if (performance.now() - last < MILLISECONDS_BETWEEN_TURNS) return;
  await new Promise((resolve) => setTimeout(resolve));
  last = performance.now();
}
