/** What a module lists, and what of it is trained. */
import { assertEquals } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  BatchNorm,
  Initialiser,
  Linear,
  Module,
  parameterCount,
  PReLU,
} from "../../lib/layers/mod.ts";

/** A network with a part that its forward pass does not call, one of whose own parts is an ordinary one. */
class Spare extends Module {
  readonly #head: Linear;

  constructor() {
    super();
    this.unusedChild("spare", new Nested());
    this.#head = this.child("head", new Linear(2, 3, { initialiser: new Initialiser(0) }));
  }

  override forward(x: Tensor): Tensor {
    return this.#head.forward(x);
  }
}

class Nested extends Module {
  constructor() {
    super();
    this.child("bn", new BatchNorm(4));
    this.child("act", new PReLU());
  }

  override forward(x: Tensor): Tensor {
    return x;
  }
}

Deno.test("Module.trainedParameters() leaves out unused parts, which count and are stored all the same", () => {
  const network = new Spare();
  assertEquals([...network.parameters().keys()], [
    "spare.bn.weight",
    "spare.bn.bias",
    "spare.act.weight",
    "head.weight",
    "head.bias",
  ]);
  assertEquals([...network.trainedParameters().keys()], ["head.weight", "head.bias"]);
  assertEquals([...network.buffers().keys()], ["spare.bn.running_mean", "spare.bn.running_var"]);
  assertEquals(parameterCount(network), 4 + 4 + 1 + 6 + 3);
  network.dispose();
});
