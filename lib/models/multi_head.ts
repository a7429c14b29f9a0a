/** A last layer with a head of its own for every task (task-incremental learning). */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type Initialiser, Linear, Module } from "../layers/mod.ts";
import { tf } from "../tensorflow/mod.ts";
import type { HeadMode, Heads, RunOptions } from "./network.ts";

/** What avalanche-lib writes over the units of a head whose class is none of the task's. */
const MASKED_LOGIT = -1000;
/** The least outputs of a head in avalanche-lib (`initial_out_features`). */
const FIRST_OUTPUTS = 2;

/**
 * A linear layer per task, registered as in avalanche-lib (`classifiers.0.classifier.weight`), except that a head has no units
 * for classes that are not its own: avalanche-lib has them and masks them.
 *
 * Input [N, features] and `options.task`; output [N, columns] as the {@linkcode HeadMode} says.
 */
export class MultiHead extends Module {
  readonly heads: Heads;
  readonly #layers: readonly Linear[];
  /** Columns of the output in the mode `avalanche`, at least two: 1 + the highest class that was seen so far. May change between experiences, whose steps are captured anew. */
  width: number;
  #alsoTrained: ReadonlySet<number> = new Set();

  /**
   * @param features Of the input
   * @throws {RangeError} when there is no task, or one without classes, with one twice or one that is no whole number; or no such mode
   */
  constructor(
    features: number,
    { heads, initialiser }: { heads: Heads; initialiser: Initialiser },
  ) {
    super();
    if (heads.tasks.length === 0 || heads.tasks.some((classes) => classes.length === 0)) {
      throw new RangeError("Cannot make a head per task: every task needs classes");
    }
    for (const classes of heads.tasks) {
      const isOnce = new Set(classes).size === classes.length;
      if (isOnce && classes.every((id) => Number.isInteger(id) && id >= 0)) continue;
      throw new RangeError(
        `Cannot make a head for the classes ${classes.join(", ")}: give each class once, from 0`,
      );
    }
    checkHeadMode(heads.mode);
    this.heads = heads;
    this.width = 1 + Math.max(...heads.tasks.flat());
    this.#layers = heads.tasks.map(({ length }, task) => {
      const name = this.#nameOf(task);
      return this.child(name, new Linear(features, length, { initialiser: initialiser.for(name) }));
    });
  }

  /**
   * [N, features] to the logits of the task's head.
   *
   * @throws {RangeError} when the task is not told, or has no head
   */
  override forward(x: Tensor, { task }: RunOptions): Tensor {
    const layer = task === undefined ? undefined : this.#layers[task];
    if (layer === undefined) {
      throw new RangeError(
        `A network with heads for ${this.#layers.length} tasks needs the task of the images, got ${task}`,
      );
    }
    const own = layer.forward(x);
    return this.heads.mode === "clean" ? own : this.#spread(own, this.heads.tasks[task!]!);
  }

  /** Tasks whose heads learn with every other task, for a strategy that distils them. */
  set alsoTrained(tasks: Iterable<number>) {
    this.#alsoTrained = new Set(tasks);
  }

  /** Whether the parameter of this name, within this layer, belongs to a head that images of this task move. */
  isMovedBy(task: number, name: string): boolean {
    return [task, ...this.#alsoTrained].some((moved) => name.startsWith(`${this.#nameOf(moved)}.`));
  }

  #nameOf(task: number): string {
    return `classifiers.${task}.classifier`;
  }

  /** The logits of the task's own classes in the columns of avalanche-lib: [N, k] to [N, width]. */
  #spread(own: Tensor, classes: readonly number[]): Tensor {
    const reach = Math.max(FIRST_OUTPUTS, Math.max(...classes) + 1);
    const width = Math.max(FIRST_OUTPUTS, this.width);
    const columns = Array.from({ length: width }, (_, column) => column);
    const place = tf.tensor2d(classes.map((label) => columns.map((c) => c === label ? 1 : 0)));
    const fill = columns.map((c) => classes.includes(c) ? 0 : c < reach ? MASKED_LOGIT : 0);
    return own.matMul(place).add(tf.tensor1d(fill));
  }
}

/** @throws {RangeError} when heads cannot be laid out in that way */
export function checkHeadMode(mode: HeadMode): void {
  if (mode === "clean" || mode === "avalanche") return;
  throw new RangeError(`There is no mode of heads "${mode}"; known are clean, avalanche`);
}
