import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import { pack } from "tar-stream";
// @ts-types="@types/yazl"
import yazl from "yazl";
import { withLock } from "../files/mod.ts";
import { log } from "../progress/mod.ts";
import { generator } from "../random/mod.ts";
import { CIFAR10, CIFAR100, loadCifar } from "./cifar.ts";
import type { CifarSource } from "./cifar_source.ts";
import { IMAGENET, loadImageNet } from "./imagenet.ts";
import type { SceneDataset, SceneSet } from "./scenes.ts";
import { loadTinyImageNet, TINY_IMAGENET } from "./tiny_imagenet.ts";
import type { Dataset, ImageSet } from "./types.ts";

/*
 * Data sets of a few images without any meaning, in the official formats, for trying out what a real data set goes through:
 * archives, hashes, decoding, resizing, batches. Nothing can be learnt from them.
 */

// Pictures are drawn once for so many of a set's files, and repeated.
const pictures = 8;
// As many as an experience of continual learning needs of each class.
const cifarImagesPerClass = { train: 20, test: 10 };
const tinyImageNetClasses = 200;

/** The data sets that have a stand-in. */
const makers: Readonly<Record<string, (folder: string) => Promise<Dataset>>> = {
  cifar10: (folder) => cifarStandIn(CIFAR10, 10, folder),
  cifar100: (folder) => cifarStandIn(CIFAR100, 100, folder),
  tiny_imagenet: tinyImageNetStandIn,
  imagenet: imageNetStandIn,
};

/**
 * Makes the stand-in of a data set in `folder`, unless it is there, and loads it as the data set itself is loaded.
 *
 * @throws {RangeError} where there is none
 */
export function loadStandIn(name: string, folder: string): Promise<Dataset> {
  return standInOf(name, folder, makers);
}

/**
 * Makes what stands in for a set, unless it is there, and loads it; no two processes do so at once.
 *
 * @throws {RangeError} where there is no maker of that name
 */
export async function standInOf<Made extends Dataset | SceneDataset>(
  name: string,
  folder: string,
  makers: Readonly<Record<string, (folder: string) => Promise<Made>>>,
): Promise<Made> {
  const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (make === undefined) {
    throw new RangeError(
      `There is no stand-in for "${name}"; there are ${Object.keys(makers).join(", ")}`,
    );
  }
  await Deno.mkdir(folder, { recursive: true });
  const dataset = await withLock(`${folder}/stand_in.lock`, () => make(folder), {
    onWait: () => log(`Another process makes the stand-in of ${name}: waiting for it.`),
  });
  return { ...dataset, train: asStandIn(dataset.train), test: asStandIn(dataset.test) };
}

/** The same images, which say that they stand in for others. */
function asStandIn<Half extends ImageSet | SceneSet>(set: Half): Half {
  const origin = { form: "stand-in", checked: "nothing", official: set.count } as const;
  return { ...set, origin };
}

async function cifarStandIn(
  source: CifarSource,
  classes: number,
  folder: string,
): Promise<Dataset> {
  const [official] = source.files;
  const { train: trainImages, test: testImages } = cifarImagesPerClass;
  // A stand-in of other numbers, made by an earlier version, is another one.
  const own = `${folder}/${trainImages}_${testImages}`;
  await Deno.mkdir(own, { recursive: true });
  const bytes = await writtenOnce(`${own}/${official.name}`, async () => {
    const planes = await Promise.all(
      Array.from({ length: pictures }, async (_, i) => {
        const pixels = await picture(source.name, i, [32, 32]).raw().toBuffer();
        return Uint8Array.from(pixels, (_, at) => pixels[at % 1024 * 3 + Math.floor(at / 1024)]!);
      }),
    );
    const records = (count: number, first = 0) =>
      concatenated(Array.from({ length: count }, (_, n) => {
        const i = first + n;
        const label = i % classes;
        const labels = source.labelBytes === 1 ? [label] : [Math.floor(label / 5), label];
        return concatenated([Uint8Array.from(labels), planes[i % pictures]!]);
      }));
    const { train, test } = source.members;
    const trainCount = Math.ceil(classes * trainImages / train.length);
    const names = Array.from({ length: classes }, (_, i) => `stand-in class ${i}\n`).join("");
    return gzipSync(
      await tarOf([
        ...train.map(({ path }, part) => [path, records(trainCount, part * trainCount)] as const),
        ...test.map(({ path }) => [path, records(classes * testImages)] as const),
        [source.namesMember, new TextEncoder().encode(names)],
      ]),
    );
  });
  return await loadCifar(
    { ...source, files: [{ ...official, ...identityOf(bytes) }] },
    { folder: own },
  );
}

async function tinyImageNetStandIn(folder: string): Promise<Dataset> {
  const [official] = TINY_IMAGENET.files;
  const root = "tiny-imagenet-200";
  const bytes = await writtenOnce(`${folder}/${official.name}`, async () => {
    const images = await jpegs("tiny_imagenet", [64, 64]);
    const wnids = wnidsOf(tinyImageNetClasses);
    const text = (lines: string[]) => new TextEncoder().encode(`${lines.join("\n")}\n`);
    return await zipOf([
      [`${root}/wnids.txt`, text(wnids)],
      [`${root}/words.txt`, text(wnids.map((wnid) => `${wnid}\tstand-in`))],
      ...wnids.map((wnid, i) =>
        [`${root}/train/${wnid}/images/${wnid}_0.JPEG`, images[i % pictures]!] as const
      ),
      ...wnids.map((_, i) =>
        [`${root}/val/images/val_${i}.JPEG`, images[(i + 1) % pictures]!] as const
      ),
      [
        `${root}/val/val_annotations.txt`,
        text(wnids.map((wnid, i) => `val_${i}.JPEG\t${wnid}\t0\t0\t63\t63`)),
      ],
    ]);
  });
  return await loadTinyImageNet({ folder }, {
    ...TINY_IMAGENET,
    files: [{ ...official, ...identityOf(bytes) }],
  });
}

/** An unpacked copy with one image in each half of each class. */
async function imageNetStandIn(folder: string): Promise<Dataset> {
  const wnids = wnidsOf(IMAGENET.classes);
  await writtenOnce(`${folder}/made`, async () => {
    const images = await jpegs("imagenet", [320, 280]);
    for (const [split, offset] of [["train", 0], ["val", 1]] as const) {
      for (const [i, wnid] of wnids.entries()) {
        await Deno.mkdir(`${folder}/${split}/${wnid}`, { recursive: true });
        const path = `${folder}/${split}/${wnid}/${wnid}_0.JPEG`;
        await Deno.writeFile(path, images[(i + offset) % pictures]!);
      }
    }
    return new Uint8Array();
  });
  const images = { train: wnids.length, test: wnids.length };
  return await loadImageNet({ folder }, { ...IMAGENET, images });
}

/** The contents of a file, which are made the first time. */
export async function writtenOnce(
  path: string,
  make: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const contents = await make();
  await Deno.writeFile(`${path}.part`, contents);
  await Deno.rename(`${path}.part`, path);
  return contents;
}

/** The identity of a file that is not the official one; its MD5 is unknown. */
function identityOf(bytes: Uint8Array) {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { bytes: bytes.length, sha256, md5: createHash("md5").update(bytes).digest("hex") };
}

function wnidsOf(classes: number): string[] {
  return Array.from({ length: classes }, (_, i) => `n${String(90_000_000 + i)}`);
}

function jpegs(set: string, size: readonly [width: number, height: number]): Promise<Uint8Array[]> {
  return Promise.all(
    Array.from({ length: pictures }, (_, i) => picture(set, i, size).jpeg().toBuffer()),
  );
}

/** Smooth noise, which JPEG compresses as it does photographs. */
export function picture(set: string, index: number, [width, height]: readonly [number, number]) {
  const random = generator(0, "stand_in", set, index);
  const coarse = Uint8Array.from({ length: 6 * 5 * 3 }, () => random.integer(256));
  return sharp(coarse, { raw: { width: 6, height: 5, channels: 3 } })
    .resize(width, height, { fit: "fill", kernel: "cubic" });
}

type Member = readonly [path: string, contents: Uint8Array];

async function tarOf(members: readonly Member[]): Promise<Uint8Array> {
  const tar = pack();
  for (const [name, contents] of members) {
    // the time is part of the file, and would change its hash
    tar.entry({ name, mtime: new Date(0) }, Buffer.from(contents));
  }
  tar.finalize();
  return await collected(tar as AsyncIterable<Uint8Array>);
}

async function zipOf(members: readonly Member[]): Promise<Uint8Array> {
  const zip = new yazl.ZipFile();
  for (const [name, contents] of members) {
    // the first day that the format has
    zip.addBuffer(Buffer.from(contents), name, { mtime: new Date(1980, 0, 1), compress: false });
  }
  zip.end();
  return await collected(zip.outputStream as AsyncIterable<Uint8Array>);
}

async function collected(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return concatenated(parts);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
