/** Ours and PyTorch in turns. */
import type { PyTorch } from "./pytorch.ts";
import { leastTime, median, type TimeCase } from "./time_case.ts";

/** A row of the benchmark's result, as `--json` writes it. */
export interface TimeRow {
  name: string;
  oursMs: number;
  pytorchMs: number;
  ratio: number;
}

/**
 * Lets both sides run one case in turns, `rounds` times; of each side the median of the rounds' least times counts.
 *
 * The least time of a round leaves out steps that something else on the machine disturbed, the median rounds in which
 * nothing ran undisturbed, and the turns spread a longer disturbance over both sides.
 *
 * @param options.seconds How long a side runs in a round
 */
export async function compareTimes(
  { name, make }: TimeCase,
  pytorch: PyTorch,
  options: { rounds: number; seconds: number },
): Promise<TimeRow & { variant: string }> {
  const { rounds, seconds } = options;
  const { step, dispose } = make();
  const ours: number[] = [];
  const theirs: number[] = [];
  let variant = "";
  for (let round = 0; round < rounds; round++) {
    ours.push(leastTime(step, seconds));
    const time = await pytorch.run(name, seconds);
    theirs.push(time.milliseconds);
    variant = time.variant;
  }
  dispose();
  const [oursMs, pytorchMs] = [median(ours), median(theirs)];
  return { name, oursMs, pytorchMs, ratio: oursMs / pytorchMs, variant };
}
