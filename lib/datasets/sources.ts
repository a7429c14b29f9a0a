import { CAMVID } from "./camvid.ts";
import { CIFAR10, CIFAR100 } from "./cifar.ts";
import { CIFAR100_C, CIFAR10_C } from "./cifar_c.ts";
import { CITYSCAPES } from "./cityscapes.ts";
import { FASHION_MNIST } from "./fashion_mnist.ts";
import { FROST_TEXTURES } from "./frost_textures.ts";
import { idxDataSource } from "./idx_source.ts";
import { IMAGENET_C, TINY_IMAGENET_C } from "./image_folder_c_sources.ts";
import { IMAGENET } from "./imagenet.ts";
import { IMAGENET_O } from "./imagenet_o.ts";
import { INATURALIST } from "./inaturalist.ts";
import { KMNIST } from "./kmnist.ts";
import { MNIST } from "./mnist.ts";
import { MNIST_C } from "./mnist_c_archive.ts";
import { OMNIGLOT } from "./omniglot.ts";
import { SBD } from "./sbd.ts";
import type { DataSource } from "./source.ts";
import { SVHN } from "./svhn.ts";
import { TEXTURES } from "./textures.ts";
import { TINY_IMAGENET } from "./tiny_imagenet.ts";

/** Every data set that is files, in the order in which the paper names them; a new one is a line here. */
export const dataSources: readonly DataSource[] = [
  ...[MNIST, FASHION_MNIST, KMNIST].map(idxDataSource),
  CIFAR10,
  CIFAR100,
  TINY_IMAGENET,
  IMAGENET,
  OMNIGLOT,
  TEXTURES,
  SVHN,
  INATURALIST,
  IMAGENET_O,
  MNIST_C,
  CIFAR10_C,
  CIFAR100_C,
  TINY_IMAGENET_C,
  IMAGENET_C,
  FROST_TEXTURES,
  CAMVID,
  CITYSCAPES,
  SBD,
];

/**
 * The source of a data set.
 *
 * @throws {RangeError} when there is none of that name
 */
export function dataSource(name: string): DataSource {
  const source = dataSources.find((one) => one.name === name);
  if (source !== undefined) return source;
  const names = dataSources.map((one) => one.name).join(", ");
  throw new RangeError(`No data set is named "${name}"; there are ${names}`);
}
