// Unpacked copies: every set from each folder in which people have it, through links, and what is wrong with half ones.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import sharp from "sharp";
import {
  DamagedDataError,
  dataSource,
  describeOrigin,
  type ImageSet,
  isPresentFor,
  loadTestSet,
  MissingDataError,
  presentSets,
  setState,
  sourceState,
  unpack,
} from "../../lib/datasets/mod.ts";
import { hashPixels, loadImageTree } from "../../lib/datasets/image_tree.ts";
import { IMAGENET, loadImageNetTest } from "../../lib/datasets/imagenet.ts";
import { IMAGENET_O } from "../../lib/datasets/imagenet_o.ts";
import { INATURALIST } from "../../lib/datasets/inaturalist.ts";
import { listImages } from "../../lib/datasets/image_files.ts";
import { KMNIST } from "../../lib/datasets/kmnist.ts";
import { MNIST } from "../../lib/datasets/mnist.ts";
import { loadOmniglot, OMNIGLOT } from "../../lib/datasets/omniglot.ts";
import type { ImageTreeSource } from "../../lib/datasets/source.ts";
import { loadSvhn, SVHN } from "../../lib/datasets/svhn.ts";
import { loadTextures, TEXTURES } from "../../lib/datasets/textures.ts";
import { loadTinyImageNet, TINY_IMAGENET } from "../../lib/datasets/tiny_imagenet.ts";
import { archiveBytes, described, expected } from "./training_fixture.ts";
import { expectedImages, setFiles } from "./unknown_fixture.ts";

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Puts the folder `inner` of an archive's contents at `place`. */
async function putUnpacked(
  archive: { name: string; bytes: Uint8Array },
  inner: string,
  place: string,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  await Deno.writeFile(`${folder}/${archive.name}`, archive.bytes);
  await unpack(`${folder}/${archive.name}`, `${folder}/all`, { hash: "none" });
  await Deno.mkdir(dirname(place), { recursive: true });
  await Deno.rename(`${folder}/all/${inner}`, place);
  await Deno.remove(folder, { recursive: true });
}

async function digest(set: ImageSet): Promise<string> {
  const all = await set.read(Uint32Array.from({ length: set.count }, (_, i) => i));
  return createHash("sha256").update(all).digest("hex");
}

const { pixels: _pixels, ...countedOmniglot } = OMNIGLOT;

/** Sets that are folders of images: how many the small ones have, the folder within the archive, and where it may lie. */
const TREES: {
  source: ImageTreeSource;
  images: number;
  /** Of the archive, the part that is put into each of the places. */
  inner: string;
  places: string[];
  load: (source: ImageTreeSource, places: { data?: string; folder?: string }) => Promise<ImageSet>;
  expected: string;
}[] = [
  {
    source: countedOmniglot,
    images: 4,
    inner: "images_evaluation",
    places: [
      "raw/omniglot/images_evaluation",
      "raw/images_evaluation",
      "omniglot-py/images_evaluation",
      "raw/omniglot-py/images_evaluation",
    ],
    load: (source, places) => loadOmniglot(places, source),
    expected: expectedImages("omniglot", "inverted"),
  },
  {
    source: TEXTURES,
    images: 4,
    inner: "dtd",
    places: ["raw/textures/dtd", "raw/dtd", "dtd", "dtd/dtd", "raw/dtd/dtd"],
    load: (source, places) => loadTextures([32, 32, 3], places, source),
    expected: expectedImages("textures", "1"),
  },
  {
    source: INATURALIST,
    images: 3,
    inner: "val",
    places: ["raw/inaturalist/val", "raw/inaturalist/2021_valid", "2021_valid"],
    load: (source, places) => loadImageTree(source, [64, 64, 3], places),
    expected: expectedImages("inaturalist", "64"),
  },
  {
    source: IMAGENET_O,
    images: 4,
    inner: "imagenet-o",
    places: ["raw/imagenet_o/imagenet-o", "raw/imagenet-o", "imagenet-o"],
    load: (source, places) => loadImageTree(source, [64, 64, 3], places),
    expected: expectedImages("imagenet_o", "64"),
  },
];

for (const { source, images, inner, places, load, expected } of TREES) {
  const { name } = source;
  const [[file, bytes]] = [...setFiles(name)] as [[string, Uint8Array]];
  const small = { ...source, images };
  const archive = { name: file, bytes };

  Deno.test(`${name}: an unpacked copy is taken from everywhere people have it, and the record says so`, async () => {
    for (const place of places) {
      await inFolder(async (data) => {
        await putUnpacked(archive, inner, `${data}/${place}`);
        const set = await load(small, { data });
        assertEquals(await digest(set), expected, place);
        assertEquals(describeOrigin(set), "unpacked copy (number and format of images)");
        const { state, form, found } = await sourceState(small, { data, verify: true });
        assertEquals([state, form], ["present", "unpacked copy"]);
        assertStringIncludes(found!, place);
      });
    }
    // a link to the copy, in the place of the set's own folder
    await inFolder(async (data) => {
      await putUnpacked(archive, inner, `${data}/there/${inner}`);
      await Deno.mkdir(`${data}/raw`);
      await Deno.symlink(`${data}/there/${inner}`, `${data}/raw/${name}`);
      assertEquals(await digest(await load(small, { data })), expected);
      assertEquals(await digest(await load(small, { folder: `${data}/there/${inner}` })), expected);
    });
  });

  Deno.test(`${name}: a copy is checked once, and again when a file changes; half a copy is damaged`, async () => {
    await inFolder(async (data) => {
      const place = `${data}/${places[0]}`;
      await putUnpacked(archive, inner, place);
      await load(small, { data });
      const seals = `${data}/raw/.checked.json`;
      const sealed = await Deno.readTextFile(seals);
      await load(small, { data });
      assertEquals(await Deno.readTextFile(seals), sealed);
      const [first] = await listImages(place);
      await Deno.writeTextFile(first!, "no image");
      const error = await assertRejects(() => load(small, { data }), DamagedDataError);
      assertEquals(error.file.endsWith(first!.slice(-8)), true);
      assertEquals((await sourceState(small, { data })).state, "present");
      const verified = await sourceState(small, { data, verify: true });
      assertStringIncludes(verified.reason!, "neither a JPEG nor a PNG");
      await Deno.remove(first!);
      await assertRejects(() => load(small, { data }), DamagedDataError, "instead of");
      assertEquals((await sourceState(small, { data })).state, "damaged");
    });
  });
}

Deno.test("omniglot: an archive that was packed anew is taken by the pixels of its images", async () => {
  const [[file, bytes]] = [...setFiles("omniglot")] as [[string, Uint8Array]];
  await inFolder(async (data) => {
    const folder = `${data}/raw/omniglot`;
    await putUnpacked({ name: file, bytes }, "images_evaluation", `${data}/other`);
    const pixels = await hashPixels(`${data}/other`, await listImages(`${data}/other`));
    // the official archive is another file: this one has the same images
    const small = { ...OMNIGLOT, images: 4, pixels };
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeFile(`${folder}/${file}`, bytes);
    assertEquals((await sourceState(small, { data })).state, "present");
    const set = await loadOmniglot({ data }, small);
    assertEquals(await digest(set), expectedImages("omniglot", "inverted"));
    assertEquals(describeOrigin(set), "unpacked copy (hash of all pixels)");
    // other images are no reason to keep what was unpacked
    await Deno.remove(folder, { recursive: true });
    await Deno.mkdir(folder);
    await Deno.writeFile(`${folder}/${file}`, bytes);
    const others = { ...small, pixels: "0".repeat(64) };
    await assertRejects(() => loadOmniglot({ data }, others), DamagedDataError, file);
    assertEquals([...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory), []);
  });
});

Deno.test("tiny_imagenet: an unpacked copy is decoded once; half a one is named", async () => {
  const archive = TINY_IMAGENET.files[0].name;
  const wanted = expected.tiny_imagenet;
  const { files: _, ...train } = wanted.train;
  const small = {
    ...TINY_IMAGENET,
    classes: wanted.names.length,
    images: { train: train.labels.length, test: wanted.test.labels.length },
  };
  const put = (place: string) =>
    putUnpacked({ name: archive, bytes: archiveBytes(archive) }, "tiny-imagenet-200", place);
  const places = ["raw/tiny_imagenet", "raw/tiny_imagenet/tiny-imagenet-200"];
  for (const place of [...places, "raw/tiny-imagenet-200", "tiny-imagenet-200"]) {
    await inFolder(async (data) => {
      await put(`${data}/${place}`);
      const dataset = await loadTinyImageNet({ data }, small);
      assertEquals(dataset.classNames, wanted.names);
      assertEquals(await described(dataset.train), train);
      assertEquals(await described(dataset.test), wanted.test);
      const said = "unpacked copy (number, format and size of images)";
      assertEquals(describeOrigin(dataset.test), said);
      assertEquals((await sourceState(small, { data })).form, "unpacked copy");
    });
  }
  // beside an archive that is cut
  await inFolder(async (data) => {
    await put(`${data}/raw/tiny_imagenet`);
    await Deno.writeFile(`${data}/raw/tiny_imagenet/${archive}`, archiveBytes(archive));
    assertEquals((await sourceState(small, { data })).state, "present");
    assertEquals(await described((await loadTinyImageNet({ data }, small)).test), wanted.test);
  });
  for (const inner of ["", "images/"]) {
    await inFolder(async (data) => {
      const val = `${data}/raw/tiny-imagenet-200/val`;
      await put(dirname(val));
      // as the scripts do it that make a folder per class of the validation images
      for (const line of Deno.readTextFileSync(`${val}/val_annotations.txt`).trim().split("\n")) {
        const [name, wnid] = line.split("\t");
        await Deno.mkdir(`${val}/${wnid}/${inner}`, { recursive: true });
        await Deno.rename(`${val}/images/${name}`, `${val}/${wnid}/${inner}${name}`);
      }
      await Deno.remove(`${val}/images`, { recursive: true });
      assertEquals((await sourceState(small, { data })).state, "present", inner);
      assertEquals(await described((await loadTinyImageNet({ data }, small)).test), wanted.test);
    });
  }
  await inFolder(async (data) => {
    await put(`${data}/there`);
    await Deno.mkdir(`${data}/raw`);
    await Deno.symlink(`${data}/there`, `${data}/raw/tiny_imagenet`);
    await loadTinyImageNet({ data }, small);
    const bytes = `${data}/raw/tiny_imagenet.images/train.bytes`;
    const { mtime } = await Deno.stat(bytes);
    await loadTinyImageNet({ data }, small);
    assertEquals((await Deno.stat(bytes)).mtime, mtime);
    // an image less is another copy, and not a whole one
    const [first] = await listImages(`${data}/there/train`);
    const removed = await Deno.readFile(first!);
    await Deno.remove(first!);
    const error = await assertRejects(() => loadTinyImageNet({ data }, small), DamagedDataError);
    assertStringIncludes(error.message, `${train.labels.length - 1} training images`);
    // a validation image that the list names
    await Deno.writeFile(first!, removed);
    await Deno.remove(`${data}/there/val/images/val_0.JPEG`);
    await assertRejects(
      () => loadTinyImageNet({ data }, small),
      DamagedDataError,
      "it has no val/images/val_0.JPEG",
    );
    const { state, reason } = await sourceState(small, { data });
    assertEquals(state, "damaged");
    assertStringIncludes(reason!, "instead of");
  });
});

Deno.test("imagenet: validation images in folders are found under the names that people give the set", async () => {
  const image = await sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })
    .jpeg().toBuffer();
  for (const place of ["imagenet", "raw/ILSVRC2012", "raw/imagenet/ILSVRC/Data/CLS-LOC"]) {
    await inFolder(async (data) => {
      await Deno.mkdir(`${data}/${place}/val/n01440764`, { recursive: true });
      await Deno.writeFile(`${data}/${place}/val/n01440764/a.JPEG`, image);
      const small = { ...IMAGENET, classes: 1, images: { train: 1, test: 1 } };
      const test = await loadImageNetTest({ data }, small);
      assertEquals([test.count, test.origin?.form], [1, "unpacked copy"]);
    });
  }
});

Deno.test("mnist: the files are found where torchvision leaves them, and where old archives call them otherwise", async () => {
  const files = MNIST.installed!.folder()!;
  const names = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
  for (const place of ["MNIST/raw", "raw/MNIST/raw", "raw/mnist/raw", "raw/mnist"]) {
    for (const written of [names, names.map((name) => name.replace("-idx", ".idx"))]) {
      await inFolder(async (data) => {
        await Deno.mkdir(`${data}/${place}`, { recursive: true });
        for (const [i, name] of names.entries()) {
          await Deno.symlink(`${files}/${name}`, `${data}/${place}/${written[i]}`);
        }
        const { origin } = await loadTestSet("mnist", { data });
        assertEquals(origin, { form: "unpacked copy", checked: "SHA-256", official: 10_000 });
      });
    }
  }
  assertEquals((await loadTestSet("mnist", {})).origin?.form, "installed package");
});

Deno.test("kmnist: its two test files are all that unknown classes take, and are called neither missing nor whole", async () => {
  await inFolder(async (data) => {
    await Deno.mkdir(`${data}/KMNIST/raw`, { recursive: true });
    const { images, labels } = KMNIST.files.test;
    for (const { name, bytes } of [images, labels]) {
      await Deno.writeFile(`${data}/KMNIST/raw/${name}`, new Uint8Array(bytes));
    }
    const { state, train, reason } = await setState(dataSource("kmnist"), { data });
    assertEquals([state, train], ["partial", false]);
    assertStringIncludes(reason!, "without train-images");
    assertEquals((await presentSets({ data })).get("kmnist"), { train: false });
  });
});

Deno.test("svhn: the file is found in torchvision's root, and the other half is not taken for it", async () => {
  const [[name, bytes]] = [...setFiles("svhn")] as [[string, Uint8Array]];
  await inFolder(async (data) => {
    await Deno.writeFile(`${data}/train_32x32.mat`, bytes);
    const error = await assertRejects(() => loadSvhn({ data }), MissingDataError);
    assertStringIncludes(error.message, "train_32x32.mat is not taken: it is the training half");
    await Deno.writeFile(`${data}/${name}`, bytes);
    // found, and not the official file
    await assertRejects(() => loadSvhn({ data }), DamagedDataError, "64275384");
    assert((await sourceState(SVHN, { data })).reason!.includes("64275384"));
  });
  // as people spell the folder
  await inFolder(async (data) => {
    await Deno.mkdir(`${data}/raw/SVHN`, { recursive: true });
    await Deno.writeFile(`${data}/raw/SVHN/${name}`, bytes);
    assertEquals((await sourceState(SVHN, { data })).found, `${data}/raw/SVHN/${name}`);
  });
});

Deno.test("isPresentFor() asks for training images and as many test images as a trial takes", () => {
  assertEquals(isPresentFor({}, undefined), false);
  assertEquals(isPresentFor({}, { train: false }), true);
  assertEquals(isPresentFor({ train: true }, { train: false }), false);
  const cut = { train: true, testImages: 1000 };
  assertEquals(isPresentFor({ train: true, testCount: 1000 }, cut), true);
  assertEquals(isPresentFor({ train: true, testCount: 1001 }, cut), false);
  // all of them
  assertEquals(isPresentFor({ train: true, testCount: undefined }, cut), false);
});

Deno.test("what lies under a set's name in another spelling or form is told, with why it is not taken", async () => {
  const [cifar, kmnist, svhn] = ["cifar10", "kmnist", "svhn"].map((name) => dataSource(name)!);
  await inFolder(async (data) => {
    const why = async (source: NonNullable<typeof cifar>) =>
      (await sourceState(source, { data })).reason ?? "";
    assertEquals(await why(kmnist!), "");
    await Deno.mkdir(`${data}/raw/KMNIST`, { recursive: true });
    await Deno.writeTextFile(`${data}/raw/KMNIST/notes.txt`, "");
    assertStringIncludes(await why(kmnist!), `${data}/raw/KMNIST is not taken: it holds notes.txt`);
    // unpacked into a folder of the archive's name
    const folder = `${data}/cifar-10-batches-bin`;
    await Deno.mkdir(`${folder}/cifar-10-batches-bin`, { recursive: true });
    assertStringIncludes(
      await why(cifar!),
      `${folder} is not taken: it holds cifar-10-batches-bin`,
    );
    await Deno.remove(folder, { recursive: true });
    await Deno.writeTextFile(folder, "");
    assertStringIncludes(await why(cifar!), `${folder} is not taken: a folder is wanted there`);
    await Deno.mkdir(`${data}/VOCdevkit`);
    assertStringIncludes(await why(dataSource("sbd")!), "VOCdevkit is not taken: it is PASCAL VOC");
    // another set's folder, and a download or an unpacking that was interrupted, are no wrong ones
    await Deno.mkdir(`${data}/raw/svhn/test_32x32.mat.unpacked.unpacking`, { recursive: true });
    for (const end of ["partial", "partial.json", "part", "lock"]) {
      await Deno.writeTextFile(`${data}/raw/svhn/test_32x32.mat.${end}`, "");
    }
    assertEquals(await why(svhn!), "");
  });
});
