/** From images of a stream to what a learner takes. */
import type { FloatImageSet } from "../datasets/mod.ts";
import type { Normalisation } from "../models/mod.ts";
import { tf } from "../tensorflow/mod.ts";
import { augment, type Batch, type BatchPlan } from "../training/mod.ts";
import type { Scenario, Stream } from "./scenario.ts";

/** The values of the bytes of each channel, one after the other: (byte / 255 - mean) / std. */
function tableOf({ mean, std }: Normalisation, channels: number): Float32Array {
  if (mean.length !== channels || std.length !== channels) {
    throw new RangeError(
      `Cannot normalise images of ${channels} channels by ${mean.length} means and ${std.length} deviations`,
    );
  }
  return Float32Array.from(
    { length: 256 * channels },
    (_, i) => ((i & 255) / 255 - mean[i >> 8]!) / std[i >> 8]!,
  );
}

/** Bytes to normalised values, by a look-up: quicker than to let the device compute them, for batches of this size. */
function normalise(bytes: Uint8Array, table: Float32Array): Float32Array {
  const channels = table.length >> 8;
  const values = new Float32Array(bytes.length);
  if (channels === 1) {
    for (let i = 0; i < values.length; i++) values[i] = table[bytes[i]!]!;
    return values;
  }
  for (let i = 0, c = 0; i < values.length; i++) {
    values[i] = table[(c << 8) | bytes[i]!]!;
    if (++c === channels) c = 0;
  }
  return values;
}

/**
 * The batches of a plan on the device, normalised; whoever takes them frees them.
 *
 * @throws {RangeError} for a batch of several tasks where each has a head of its own
 */
export async function* streamBatches(
  { train, heads }: Pick<Scenario, "train" | "heads">,
  plans: Iterable<BatchPlan>,
  normalisation: Normalisation,
): AsyncGenerator<Batch, void> {
  const { images, tasks } = train;
  const { shape } = images;
  const table = tableOf(normalisation, shape[2]);
  for (const { indices, change } of plans) {
    const task = tasks[indices[0]!]!;
    if (heads !== undefined && indices.some((i) => tasks[i] !== task)) {
      throw new RangeError(
        "Cannot learn a batch with images of several tasks, each of which has a head: replay is for scenarios with one head",
      );
    }
    const bytes = await images.read(indices);
    if (change !== undefined) augment(bytes, { ...change, shape, indices });
    const labels = Int32Array.from(indices, (i) => images.labels[i]!);
    yield {
      images: tf.tensor4d(normalise(bytes, table), [indices.length, ...shape]),
      labels: tf.tensor1d(labels, "int32"),
      ...(heads !== undefined && { task }),
    };
  }
}

/** The normalised images of an experience of a stream, in their order. */
export function experienceImages(
  { images, starts }: Stream,
  experience: number,
  normalisation: Normalisation,
): FloatImageSet {
  const [first, end] = [starts[experience]!, starts[experience + 1]!];
  const table = tableOf(normalisation, images.shape[2]);
  return {
    name: `${images.name}, experience ${experience + 1}`,
    count: end - first,
    shape: images.shape,
    labels: images.labels.subarray(first, end),
    async read(indices) {
      const bytes = await images.read(Uint32Array.from(indices, (i) => first + i));
      return normalise(bytes, table);
    },
  };
}
