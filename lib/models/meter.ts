/** What a network costs: multiplications, shapes, and memory while training. Computed by watching it run. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { parameterCount } from "../layers/mod.ts";
import { observed, type Product, tf, valueAndGradients } from "../tensorflow/mod.ts";
import { buildNetwork } from "./build.ts";
import type { Network } from "./network.ts";

/** A layer as it was called. */
export interface Layer {
  /** PyTorch's name of it. */
  name: string;
  /** The class of the layer. */
  type: string;
  /** Without the number of images; absent where no forward pass calls the layer. */
  input?: readonly number[];
  /** Of a convolution before a pooling that is part of the layer. */
  output?: readonly number[];
  /** Its own, not those of its parts. */
  parameters: number;
  /** Multiply-accumulates for one image of its own products. */
  macs: number;
}

/** What a network costs. */
export interface NetworkCost {
  /** As Table 2 counts them. */
  parameters: number;
  /** Those that an optimiser moves. */
  trainedParameters: number;
  /** Multiply-accumulates of convolutions, linear maps and attention for one image, forward. */
  macs: number;
  /** The same while training, where an auxiliary head runs too. */
  trainingMacs: number;
  /** Bytes of activations that wait for their gradients, per image. */
  keptBytes: number;
  /** In the order of the calls while training, then those that are never called. */
  layers: Layer[];
}

// Batch norm wants more than one. What is computed once for a batch, as Swin's position bias, counts half for each.
const IMAGES = 2;

/**
 * Measures a network on a batch of two images of zeros, forward as in training. The running statistics that this leaves mean
 * nothing: the network is for nothing else afterwards.
 *
 * @param inputShape [H, W, C] of an image
 */
export function networkCost(
  network: Network,
  inputShape: readonly [height: number, width: number, channels: number],
): NetworkCost {
  const images = tf.zeros([IMAGES, ...inputShape]);
  try {
    const trace = new Trace(network);
    trace.run(images);
    const trainingMacs = sum(trace.layers.map((layer) => layer.macs));
    const trained = [...network.trainedParameters().values()].map(({ shape }) => sizeOf(shape));
    return {
      parameters: parameterCount(network),
      trainedParameters: sum(trained),
      macs: trace.hasAuxiliary ? inferenceMacs(network, images) : trainingMacs,
      trainingMacs,
      keptBytes: trace.keptBytes,
      layers: trace.layers,
    };
  } finally {
    images.dispose();
  }
}

/** Builds a network without drawing weights, measures it, and frees it. */
export function measureNetwork(
  name: string,
  settings: Omit<Parameters<typeof buildNetwork>[1], "seed">,
): NetworkCost {
  const network = buildNetwork(name, { ...settings, seed: "zeros" });
  try {
    return networkCost(network, settings.inputShape);
  } finally {
    network.dispose();
  }
}

function inferenceMacs(network: Network, images: Tensor): number {
  let macs = 0;
  tf.tidy(() => {
    observed(() => network.forward(images, { training: false }), {
      product: (product) => macs += product.macs,
    });
  });
  return macs / IMAGES;
}

/** Runs `f` as for a gradient, of which nothing is then computed. */
function recording(f: () => void): void {
  tf.tidy(() => {
    const unrelated = tf.scalar(0);
    valueAndGradients(() => {
      f();
      return unrelated.square();
    }, [unrelated]);
  });
}

/** A call of a layer that has not returned. */
interface Call {
  layer: Layer;
  /** The map that it made, before a pooling. */
  convolved?: readonly number[];
}

/** What a network does in a step of training. */
class Trace {
  readonly layers: Layer[] = [];
  keptBytes = 0;
  hasAuxiliary = false;
  readonly #network: Network;
  readonly #names: ReadonlyMap<object, string>;
  readonly #own: ReadonlyMap<string, number>;
  readonly #open: Call[] = [];

  constructor(network: Network) {
    this.#network = network;
    this.#names = new Map([...network.modules()].map(([name, module]) => [module, name]));
    this.#own = ownParameters(network);
  }

  /** Runs the network forward as in training. */
  run(images: Tensor): void {
    const kept = new Map<object, number>();
    for (const { value } of this.#network.parameters().values()) kept.set(value.dataId, 0);
    observed(
      () =>
        recording(() => {
          const seed = tf.scalar(0, "int32");
          const outputs = this.#network.outputs(images, { training: true, seed });
          this.hasAuxiliary = outputs.auxiliary !== undefined;
        }),
      {
        product: (product) => this.#add(product),
        began: (part, input) => this.#begin(part, input),
        ended: (_, output) => {
          const { layer, convolved } = this.#open.pop()!;
          layer.output = (convolved ?? output).slice(1);
        },
        saved: (tensors) => {
          for (const { dataId, size } of tensors) {
            if (!kept.has(dataId)) kept.set(dataId, size * Float32Array.BYTES_PER_ELEMENT);
          }
        },
      },
    );
    this.keptBytes = sum([...kept.values()]) / IMAGES;
    const working = this.layers.filter(({ parameters, macs }) => parameters > 0 || macs > 0);
    this.layers.splice(0, Infinity, ...working, ...this.#neverCalled());
  }

  #begin(part: object, input: readonly number[]): void {
    const name = this.#names.get(part);
    if (name === undefined) {
      throw new Error(`A ${part.constructor.name} that is registered nowhere was called`);
    }
    const layer: Layer = {
      name,
      type: part.constructor.name,
      input: input.slice(1),
      parameters: this.#own.get(name)!,
      macs: 0,
    };
    this.layers.push(layer);
    this.#open.push({ layer });
  }

  /** Adds a product to the layer that is called at the moment. */
  #add({ kind, macs, output }: Product): void {
    const call = this.#open.at(-1);
    if (call === undefined) throw new Error(`A ${kind} product is no layer's`);
    call.layer.macs += macs / IMAGES;
    if (kind === "convolution" || kind === "depthwise") call.convolved = output;
  }

  #neverCalled(): Layer[] {
    const called = new Set(this.layers.map(({ name }) => name));
    return [...this.#names].flatMap(([module, name]) => {
      const parameters = this.#own.get(name)!;
      if (called.has(name) || parameters === 0) return [];
      return [{ name, type: module.constructor.name, parameters, macs: 0 }];
    });
  }
}

/** The number of parameters of each module without its parts. */
function ownParameters(network: Network): Map<string, number> {
  const own = new Map([...network.modules().keys()].map((name) => [name, 0]));
  for (const [parameter, { shape }] of network.parameters()) {
    // Parts' names may have dots: the owner is the longest that is there.
    let owner = parameter;
    do owner = owner.slice(0, Math.max(0, owner.lastIndexOf("."))); while (!own.has(owner));
    own.set(owner, own.get(owner)! + sizeOf(shape));
  }
  return own;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
