/**
 * What the stop button of a notebook does to TensorFlow.js. A call of TensorFlow ends with an error where the button was
 * pressed, and so does the cell. A cell that was ended by force in the middle of a call leaves TensorFlow.js as if it were
 * still in it: `finally` did not run, no gradient can be taken any more, and the message blames the model. Then all that is
 * put back.
 */
import type * as TF from "@tensorflow/tfjs-node-gpu";
import { isNotebook, onForcedStop, throwIfStopped } from "../progress/mod.ts";

/** What of TensorFlow.js's engine an operation changes while it runs. */
interface EngineState {
  kernelDepth: number;
  gradientDepth: number;
  activeTape: unknown[] | null;
  scopeStack: unknown[];
  numDataMovesStack: number[];
  profiling: boolean;
}

type Engine = Record<string, (...args: unknown[]) => unknown> & { state: EngineState };

// What everything that is computed goes through, and what is safe to leave by an error.
const ENTRANCES = ["tidy", "runKernel", "runKernelFunc", "gradients"] as const;

const MS_BETWEEN_LOOKS = 100;

/** Lets the stop button end what TensorFlow.js computes in a notebook; nothing elsewhere. */
export function obeyStopButton(tf: typeof TF) {
  if (!isNotebook()) return;
  const engine = tf.engine() as unknown as Engine;
  onForcedStop(() => putToRest(engine));
  for (const name of ENTRANCES) {
    const call = engine[name]!;
    engine[name] = function (...args) {
      throwIfStopped();
      return call.apply(this, args);
    };
  }
  // In a kernel that does not tell of stops: no operation is under way while a timer runs.
  const look = () => {
    const { kernelDepth, gradientDepth } = engine.state;
    if (kernelDepth > 0 || gradientDepth > 0) putToRest(engine);
  };
  Deno.unrefTimer(setInterval(look, MS_BETWEEN_LOOKS));
}

/** Ends all operations and scopes that the engine believes to be in, with what they allocated. */
function putToRest(engine: Engine) {
  const { state, endScope } = engine;
  Object.assign(state, { kernelDepth: 0, gradientDepth: 0, activeTape: null, profiling: false });
  state.numDataMovesStack = [];
  while (state.scopeStack.length > 0) endScope!.call(engine);
}
