/** A thread that makes batches for an input pipeline: reads or decodes the images and changes them. */
/// <reference lib="deno.worker" />
import { DamagedDataError, readRequested } from "../datasets/mod.ts";
import { augment } from "./augmentation.ts";
import type { Answer, Task } from "./input_pipeline.ts";

// One batch after the other, so that no more are in memory than are asked for.
let last = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<Task>) => {
  last = last.then(() => answer(data));
};

async function answer({ batch, request, shape, indices, change }: Task): Promise<void> {
  try {
    const pixels = await readRequested(request) as Uint8Array<ArrayBuffer>;
    if (change !== undefined) augment(pixels, { ...change, shape, indices });
    self.postMessage({ batch, pixels } satisfies Answer, [pixels.buffer]);
  } catch (error) {
    const { message } = error as Error;
    const damage = error instanceof DamagedDataError
      ? { file: error.file, reason: error.reason }
      : {};
    self.postMessage({ batch, failure: { message, ...damage } } satisfies Answer);
  }
}
