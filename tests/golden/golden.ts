/** Golden files: what PyTorch computed for a network, in float64, and how far its own float32 is off. */
import { z } from "zod";

const numbers = z.array(z.number());
const place = z.tuple([z.int(), z.int(), z.int()]);

/** A pixel [n, h, w] of a batch. */
export type Place = z.infer<typeof place>;

/**
 * Logits, of which the files hold the first ten of each sample; of networks that give logits for every pixel all of those at a
 * few places.
 */
const logitsSchema = z.union([
  z.object({ logits: z.array(numbers) }),
  z.object({ logitsAt: z.array(z.tuple([z.int(), z.int(), z.int(), numbers])) })
    .transform(({ logitsAt }) => ({
      logits: logitsAt.map((each) => each[3]),
      at: logitsAt.map(([n, h, w]): Place => [n, h, w]),
    })),
]).transform((part): { logits: number[][]; at?: Place[] } => part);

const statistic = z.union([
  z.tuple([z.string(), numbers]),
  // And the largest float32 error of the buffer's values.
  z.tuple([z.string(), numbers, z.number()]),
]);
const unused = z.null();
const parameter = z.union([
  z.tuple([z.int(), z.string(), z.array(z.int()), z.number().or(unused)]),
  // And the projection on the rule's direction.
  z.tuple([z.int(), z.string(), z.array(z.int()), z.number(), z.number()]),
]);

/**
 * The part of a golden file that is compared. Weights, buffers and images are filled by a rule, so that the file holds
 * results only: logits in eval mode (batch 2), and of one training step (batch 4, dropout off) the loss, the logits, the
 * norm of every gradient and the first running statistics. Shapes are PyTorch's, the classes always second.
 *
 * Files of tests/oracles have more, which is optional here: nudges that keep pre-activations away from kinks, projections of
 * the gradients, and the float32 errors of the training step's other quantities.
 */
const goldenSchema = z.object({
  network: z.string(),
  inputShapeNCHW: z.tuple([z.int(), z.int(), z.int(), z.int()]),
  outputShape: z.array(z.int()).min(2),
  trainableParams: z.int(),
  /** A digit per value of a bias, by the bias's name. */
  nudges: z.record(z.string(), z.string().regex(/^\d+$/)).default({}),
  eval: logitsSchema.and(z.object({
    float32MaxAbsDiff: z.number(),
    auxLogits: z.array(numbers).optional(),
  })),
  train: logitsSchema.and(z.object({
    loss: z.number(),
    runningStatsAfterForward: z.array(statistic),
    float32LossDiff: z.number(),
    float32GradL2MaxRelDiff: z.number(),
    float32GradL2MedianRelDiff: z.number(),
    float32LogitsMaxAbsDiff: z.number().optional(),
    float32ProjectionMaxRelDiff: z.number().optional(),
    float32ProjectionMedianRelDiff: z.number().optional(),
  })),
  params: z.array(parameter),
  // A sentence where they are too many to list: a mean and a variance for each batch norm, of the shape of its weight.
  buffers: z.union([z.array(z.tuple([z.string(), z.array(z.int())])), z.string()]),
});

/** A golden file. */
export type Golden = z.infer<typeof goldenSchema>;

/**
 * Reads a golden file's text.
 *
 * @throws {TypeError} when it is no JSON, or parts are missing
 */
export function parseGolden(text: string): Golden {
  const parsed = goldenSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new TypeError(
    `This is no golden file: ${z.prettifyError(parsed.error).replace(/\s+/g, " ")}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TypeError(`This is no golden file: it is no JSON (${(error as Error).message})`);
  }
}
