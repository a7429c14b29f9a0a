import type { DivergenceError } from "../training/mod.ts";
import type { Outcome } from "../trials/mod.ts";

/** The outcome of a training that diverged, as records store it: JSON has no number for a loss that is none. */
export function divergence({ step, loss, epochs }: DivergenceError): Outcome {
  return {
    name: "diverged",
    step,
    epoch: epochs.length,
    loss: Number.isFinite(loss) ? loss : String(loss),
  };
}
