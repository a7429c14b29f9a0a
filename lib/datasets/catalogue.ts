import { CIFAR10, CIFAR100, loadCifar, loadCifarTest } from "./cifar.ts";
import type { CifarSource } from "./cifar_source.ts";
import { FASHION_MNIST } from "./fashion_mnist.ts";
import { loadIdxSet, loadIdxSplit } from "./idx_set.ts";
import type { IdxSource } from "./idx_source.ts";
import { loadImageNet, loadImageNetTest } from "./imagenet.ts";
import { KMNIST } from "./kmnist.ts";
import { MNIST } from "./mnist.ts";
import { loadTinyImageNet, loadTinyImageNetTest } from "./tiny_imagenet.ts";
import type { Dataset, ImageSet, LoadOptions } from "./types.ts";

/** How a data set is loaded. */
interface Loader {
  load(options: LoadOptions): Promise<Dataset>;
  /** The test set alone, for what uses it as unknown classes. */
  loadTest(options: LoadOptions): Promise<ImageSet>;
}

/** Every data set; a new one is a line here. */
const LOADERS = {
  mnist: idxLoader(MNIST),
  fashion_mnist: idxLoader(FASHION_MNIST),
  kmnist: idxLoader(KMNIST),
  cifar10: cifarLoader(CIFAR10),
  cifar100: cifarLoader(CIFAR100),
  tiny_imagenet: { load: loadTinyImageNet, loadTest: loadTinyImageNetTest },
  imagenet: { load: loadImageNet, loadTest: loadImageNetTest },
} satisfies Record<string, Loader>;

/** The name of a data set that can be loaded. */
export type DatasetName = keyof typeof LOADERS;

/** The names of the data sets that can be loaded. */
export const datasetNames = Object.keys(LOADERS) as DatasetName[];

/**
 * Loads a data set from files on this machine; nothing is downloaded.
 *
 * MNIST comes with the project; of the others, and instead of it, the official files are taken from `options.folder`, or
 * from raw/<name> in the data folder, or from an installed package; or an unpacked copy of them, there or where torchvision
 * leaves it. `train.origin` and `test.origin` say what it was.
 *
 * @throws {RangeError} when there is no data set of that name, or testCount is no whole number from 1
 * @throws {MissingDataError} when files are not there; the message says what to do
 * @throws {DamagedDataError} when a file is not the official one
 *
 * ```ts
 * const { train, test } = await loadDataset("mnist");
 * ```
 */
export async function loadDataset(name: string, options: LoadOptions = {}): Promise<Dataset> {
  checkCount(options);
  return await loader(name).load(options);
}

/** Loads the test set of a data set alone, as `loadDataset` does. */
export async function loadTestSet(name: string, options: LoadOptions = {}): Promise<ImageSet> {
  checkCount(options);
  return await loader(name).loadTest(options);
}

function checkCount({ testCount }: LoadOptions): void {
  if (testCount === undefined || (Number.isSafeInteger(testCount) && testCount > 0)) return;
  throw new RangeError(`Cannot load ${testCount} test images: give a whole number from 1`);
}

function loader(name: string): Loader {
  if (!Object.hasOwn(LOADERS, name)) {
    throw new RangeError(`No data set is named "${name}"; there are ${datasetNames.join(", ")}`);
  }
  return LOADERS[name as DatasetName];
}

function idxLoader(source: IdxSource): Loader {
  return {
    load: (options) => loadIdxSet(source, options),
    loadTest: (options) => loadIdxSplit(source, "test", options),
  };
}

function cifarLoader(source: CifarSource): Loader {
  return {
    load: (options) => loadCifar(source, options),
    loadTest: (options) => loadCifarTest(source, options),
  };
}
