import { assertAlmostEquals, assertEquals } from "@std/assert";
import { apgdCe, apgdTargeted, checkpoints } from "../../lib/attacks/apgd.ts";
import type { Found } from "../../lib/attacks/batch.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { traceBatch, traceLabel, traceSession } from "./traces.ts";

/** The losses at the start and after each iteration, "*" left out, and the image returned. */
interface Trace {
  name: string;
  norm: "linf" | "l2";
  epsilon: number;
  losses: number[];
  adversarial?: number[];
}

// torchattacks 3.5.1 in float64 on the same classifier, start and settings; 10 iterations.
const crossEntropyTraces: Trace[] = [
  {
    name: "L-infinity, 0.05",
    norm: "linf",
    epsilon: 0.05,
    losses: [0.902991, ...new Array<number>(10).fill(3.034776)],
    adversarial: [0.45, 0.722789, 0.222959, 0.366175, 0.846807, 0.386794],
  },
  {
    name: "L2, 0.1",
    norm: "l2",
    epsilon: 0.1,
    // deno-fmt-ignore
    losses: [0.904117, 2.427724, 2.685392, 2.692764, 2.691448, 2.694262, 2.695193, 2.695399, 2.695427, 2.695427, 2.695427],
    adversarial: [0.463754, 0.717424, 0.225807, 0.400350, 0.820204, 0.387782],
  },
  {
    name: "L2, 0.4",
    norm: "l2",
    epsilon: 0.4,
    // deno-fmt-ignore
    losses: [0.623483, 9.131416, 10.202193, 10.234926, 10.230159, 10.240784, 10.244419, 10.245223, 10.245331, 10.245333, 10.245332],
  },
];

const targetedTraces: Trace[] = [
  {
    name: "L-infinity, 0.2",
    norm: "linf",
    epsilon: 0.2,
    // deno-fmt-ignore
    losses: [-0.181553, 0.273834, -0.139613, 0.006202, 0.249274, 0.313842, 0.421097, 0.289858, 0.381382, 0.917138, -0.077171],
    adversarial: [0.681250, 0.685289, 0.185459, 0.253675, 0.615557, 0.424294],
  },
  {
    name: "L2, 0.4",
    norm: "l2",
    epsilon: 0.4,
    // deno-fmt-ignore
    losses: [-0.181547, 0.610577, -0.150059, -0.143241, 0.097279, 0.064257, 0.116376, 0.868140, 0.059660, 0.249056, 0.973139],
    adversarial: [0.652432, 0.658468, 0.150925, 0.112618, 0.721433, 0.245194],
  },
];

function crossEntropy(logits: Float32Array): number {
  const sum = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return Math.log(sum) - logits[traceLabel]!;
}

/** The targeted DLR loss for class 2, the one with the second largest clean logit. */
function targetedDlr(logits: Float32Array): number {
  const sorted = logits.toSorted().reverse();
  return -(logits[traceLabel]! - logits[2]!) / (sorted[0]! - (sorted[2]! + sorted[3]!) / 2);
}

function assertTrace(trace: Trace, seen: number[], found: Found) {
  // Sums of 5 numbers in float32, repeated 10 times; the oscillating runs magnify them.
  trace.losses.forEach((loss, i) =>
    assertAlmostEquals(seen[i]!, loss, 2e-4 * Math.max(1, loss), `${trace.name}: loss ${i}`)
  );
  assertEquals(seen.length, trace.losses.length, trace.name);
  assertEquals([...found.fooled], [1], trace.name);
  trace.adversarial?.forEach((pixel, i) =>
    assertAlmostEquals(found.adversarial[i]!, pixel, 1e-4, `${trace.name}: pixel ${i}`)
  );
}

Deno.test("apgdCe() follows the golden traces of torchattacks 3.5.1 step by step", async () => {
  for (const trace of crossEntropyTraces) {
    const seen: number[] = [];
    const session = traceSession(trace, (logits) => seen.push(crossEntropy(logits)));
    const found = await apgdCe(traceBatch(), { iterations: 10 }, session);
    assertTrace(trace, seen, found);
  }
});

Deno.test("apgdTargeted() follows the golden traces of torchattacks 3.5.1 step by step", async () => {
  for (const trace of targetedTraces) {
    const seen: number[] = [];
    const session = traceSession(trace, (logits) => seen.push(targetedDlr(logits)));
    const found = await apgdTargeted(traceBatch(), { iterations: 10, targets: 1 }, session);
    assertTrace(trace, seen, found);
  }
});

Deno.test("apgdCe() with early stop returns the first adversarial point, after as few steps", async () => {
  const seen: number[] = [];
  const session = traceSession(crossEntropyTraces[1]!, (logits) => seen.push(crossEntropy(logits)));
  const found = await apgdCe(traceBatch(), { iterations: 10 }, { ...session, earlyStop: true });
  assertEquals([...found.fooled], [1]);
  assertEquals(seen.length, 2);
});

Deno.test("checkpoints() are where the paper's schedule puts them", () => {
  const counted = (iterations: number) => [...checkpoints(iterations).keys()].map((i) => i + 1);
  assertEquals(counted(100), [22, 41, 57, 70, 80, 87, 93, 99]);
  assertEquals(counted(50), [11, 21, 30, 38, 45]);
  assertEquals(counted(10), [2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

Deno.test("attacks leave as many tensors as there were", async () => {
  for (const norm of ["linf", "l2"] as const) {
    const session = traceSession({ norm, epsilon: 0.01 });
    const batch = traceBatch();
    const before = tf.memory().numTensors;
    await apgdCe(batch, { iterations: 5 }, session);
    await apgdTargeted(batch, { iterations: 5, targets: 3, sharedStep: true }, session);
    await apgdTargeted(batch, { iterations: 5, targets: 3 }, {
      ...session,
      epsilon: 0.5,
      earlyStop: true,
    });
    assertEquals(tf.memory().numTensors, before, norm);
  }
});
