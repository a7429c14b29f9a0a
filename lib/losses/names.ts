/** The names of the losses, for what plans and draws without TensorFlow. */

/** The losses that the paper compares, in the order in which figures and tables show them. */
export const lossNames = ["ce", "ln", "la", "dice", "mm", "hem", "hem_plus"] as const;

/** The name of a loss in trials and on the command line. */
export type LossName = (typeof lossNames)[number];
