/** Networks whose last layer may be one per task. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { Linear, type WeightDistribution } from "../layers/mod.ts";
import { MultiHead } from "./multi_head.ts";
import { Network, type NetworkContext, type RunOptions } from "./network.ts";

/** A network that ends in a linear layer: one for all classes, or one per task. */
export abstract class HeadedNetwork extends Network {
  #last: { name: string; layer: Linear | MultiHead } | undefined;

  override head(features: Tensor, options: RunOptions): Tensor {
    return this.#last!.layer.forward(features, options);
  }

  override trainedParameters(task?: number): ReturnType<Network["trainedParameters"]> {
    const parameters = super.trainedParameters();
    const { name, layer } = this.#last!;
    if (task === undefined || layer instanceof Linear) return parameters;
    return new Map(
      [...parameters].filter(([full]) =>
        !full.startsWith(`${name}.`) || layer.isMovedBy(task, full.slice(name.length + 1))
      ),
    );
  }

  /**
   * Registers the last layer.
   *
   * @param features Of its input
   * @param options.distribution Of the weights of a single head; PyTorch's default unless given
   */
  protected addHead(name: string, features: number, options: {
    context: NetworkContext;
    distribution?: WeightDistribution;
  }): void {
    const { context: { classes, heads, ...context }, distribution = "default" } = options;
    const initialiser = context.initialiser.for(name);
    const layer = heads === undefined
      ? new Linear(features, classes, { distribution, initialiser })
      : new MultiHead(features, { heads, initialiser });
    this.#last = { name, layer: this.child<Linear | MultiHead>(name, layer) };
  }
}
