/** What scikit-learn, PyTorch and NumPy say: made by tests/oracles/evaluation.py, which names the versions. */
interface Scores {
  aurocs: { name: string; known: number[]; unknown: number[]; auroc: number }[];
  logits: {
    classes: number;
    logits: number[];
    msp: number[];
    float64Msp: number[];
    mls: number[];
    predictions: number[];
  }[];
  histogram: { values: number[]; low: number; high: number; counts: number[] };
}

export const scores: Scores = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/evaluation/scores.json", import.meta.url)),
);
