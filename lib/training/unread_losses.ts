/** Losses that are read together, since each reading waits for the device. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/mod.ts";

const READ_TOGETHER = 50;
/** They do not wait longer than this, so that slow networks notice a signal and write checkpoints as well. */
const MILLISECONDS_BETWEEN_READS = 1000;

/** The losses of steps, scalars that wait on the device. */
export class UnreadLosses {
  #losses: Tensor[] = [];
  #lastRead = performance.now();

  /** Adds the loss of a step, which is freed here. */
  add(loss: Tensor): void {
    this.#losses.push(loss);
  }

  get areDue(): boolean {
    return this.#losses.length >= READ_TOGETHER ||
      performance.now() - this.#lastRead >= MILLISECONDS_BETWEEN_READS;
  }

  /** Those that were added since the last time, in their order. */
  async read(): Promise<Float32Array> {
    this.#lastRead = performance.now();
    if (this.#losses.length === 0) return new Float32Array();
    const stacked = tf.stack(this.#losses);
    const values = await stacked.data<"float32">();
    tf.dispose(stacked);
    this.dispose();
    return values;
  }

  /** Frees those that were not read. */
  dispose(): void {
    tf.dispose(this.#losses);
    this.#losses = [];
  }
}
