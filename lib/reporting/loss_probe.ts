import type { LossName } from "../losses/mod.ts";

/**
 * What of TensorFlow.js is needed to look at a loss. `tf` is handed in, so that redrawing figures
 * from stored numbers never loads TensorFlow.
 */
export interface Differentiator<X extends { dataSync(): ArrayLike<number> }> {
  tensor2d(values: number[][]): X;
  tensor1d(values: number[], dtype: "int32"): X;
  valueAndGrad(f: (x: X) => X): (x: X) => { value: X; grad: X };
  tidy<T extends number[]>(f: () => T): T;
}

/** The losses' catalogue, as lib/losses exports it. */
export type LossCatalogue<X> = Readonly<
  Record<
    LossName,
    (context: {
      classCounts: readonly number[];
      options?: Readonly<Record<string, number | string>>;
    }) => (logits: X, labels: X) => X
  >
>;

/** Value of a loss at one sample, and its derivatives with respect to the sample's logits. */
export interface LossPoint {
  value: number;
  gradient: number[];
}

/** Value and gradient of a loss at one sample with these logits and this label. */
export function lossAt<X extends { dataSync(): ArrayLike<number> }>(
  tf: Differentiator<X>,
  loss: (logits: X, labels: X) => X,
  { logits, label }: { logits: readonly number[]; label: number },
): LossPoint {
  const [value, ...gradient] = tf.tidy(() => {
    const labels = tf.tensor1d([label], "int32");
    const { value, grad } = tf.valueAndGrad((x) => loss(x, labels))(tf.tensor2d([[...logits]]));
    return [...Array.from(value.dataSync()), ...Array.from(grad.dataSync())];
  });
  return { value: value!, gradient };
}
