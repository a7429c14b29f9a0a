// Showing how far long work is: a bar in a terminal, an updating display in a notebook, plain lines elsewhere.
// In: a label, a total, and how much is done. Out: nothing but what the user sees; stderr or the notebook's cell.
// No other room asks where it runs in order to show progress.
export { log, type Progress, startProgress } from "./progress.ts";
export { isNotebook } from "./place.ts";
export { onForcedStop, StoppedError, stopSignal, throwIfStopped } from "./stop_button.ts";
export { turnOfEventLoop } from "./turn.ts";
