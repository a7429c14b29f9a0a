import { createHash } from "node:crypto";
import { assert, assertEquals, assertRejects } from "@std/assert";
import sharp from "sharp";
import { pack } from "tar-stream";
import {
  DamagedDataError,
  findImageFolderC,
  type ImageFolderCSource,
  IMAGENET_C,
  MissingDataError,
  sourceState,
  TINY_IMAGENET_C,
} from "../../lib/datasets/mod.ts";
import type { ImageCorruptionName } from "../../lib/corruptions/mod.ts";
import { isThere } from "../../lib/files/mod.ts";
import { withFolder } from "../with_folder.ts";

const WNIDS = ["n01443537", "n01629819", "n02002724"];
const source: ImageFolderCSource = { ...TINY_IMAGENET_C, classes: 3, imagesPerClass: 2 };

async function writeImage(
  path: string,
  { shade, side = 64, grey = false }: { shade: number; side?: number; grey?: boolean },
): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  const raw = { width: side, height: side, channels: 3 } as const;
  const image = sharp(new Uint8Array(side * side * 3).fill(shade), { raw });
  const encoded = await (grey ? image.greyscale() : image).jpeg({ quality: 85 }).toBuffer();
  await Deno.writeFile(path, encoded);
}

/** Two images of each class at every asked severity; shades tell them apart. */
async function writeTree(root: string, names: string[], wnids = WNIDS): Promise<void> {
  for (const name of names) {
    // out of order on purpose
    for (const [i, wnid] of [...wnids].reverse().entries()) {
      for (const image of [1, 0]) {
        const shade = 100 * image + 10 * (wnids.length - 1 - i);
        await writeImage(`${root}/${name}/2/${wnid}/val_${image}.JPEG`, { shade, grey: i === 1 });
        await Deno.mkdir(`${root}/${name}/1`, { recursive: true });
      }
    }
  }
}

/** Writes an archive of such a tree at severity 2 with images of one shade, and returns the source whose archive it is. */
async function putArchive(
  path: string,
  { names, shade }: { names: string[]; shade: number },
): Promise<ImageFolderCSource> {
  const image = `${path}.JPEG`;
  await writeImage(image, { shade });
  const tar = pack();
  for (const name of names) {
    tar.entry({ name: `prefix/${name}/1/`, type: "directory" });
    for (const wnid of WNIDS) {
      for (const i of [0, 1]) {
        tar.entry(
          { name: `prefix/${name}/2/${wnid}/val_${i}.JPEG` },
          await Deno.readFile(image) as never,
        );
      }
    }
  }
  tar.finalize();
  const bytes = new Uint8Array(
    await new Blob(await Array.fromAsync(tar) as BlobPart[]).arrayBuffer(),
  );
  await Deno.remove(image);
  await Deno.writeFile(path, bytes);
  const md5 = createHash("md5").update(bytes).digest("hex");
  const files = source.files.map((file) =>
    path.endsWith(`/${file.name}`) ? { ...file, md5 } : file
  );
  return { ...source, files };
}

Deno.test("findImageFolderC() numbers classes by sorted WordNet ids", async () => {
  await withFolder(async (folder) => {
    assertEquals(await findImageFolderC(source, { folder }), undefined);
    await writeTree(`${folder}/Tiny-ImageNet-C`, ["fog"]);
    const published = await findImageFolderC(source, { folder });
    const set = await published!.load("fog", 2);
    assertEquals([set.name, set.count, set.shape], ["fog/2", 6, [64, 64, 3]]);
    assertEquals(set.labels, Int32Array.of(0, 0, 1, 1, 2, 2));
    const shades = [];
    for (let i = 0; i < 6; i++) shades.push((await set.read([i]))[0]);
    assertEquals(shades, [0, 100, 10, 110, 20, 120]);
    await assertRejects(() => published!.load("fog", 7), RangeError);
    // a severity that was not unpacked
    await assertRejects(() => published!.load("fog", 3), DamagedDataError, "0 of the 3 classes");
    await assertRejects(() => published!.load("saturate", 2), MissingDataError, "extra.tar");
  });
});

Deno.test("findImageFolderC() keeps to the classes of the others where frost has too many", async () => {
  await withFolder(async (folder) => {
    await writeTree(folder, ["fog"]);
    await writeTree(folder, ["frost"], ["n01440764", ...WNIDS, "n09999999"]);
    const published = await findImageFolderC(source, { folder });
    const set = await published!.load("frost", 2);
    assertEquals(set.labels, Int32Array.of(0, 0, 1, 1, 2, 2));
    assertEquals((await set.read([0]))[0], 10);
    // and to those that are asked for
    const asked = await findImageFolderC(source, { folder, wnids: WNIDS.slice(1) });
    assertEquals((await asked!.load("frost", 2)).labels, Int32Array.of(0, 0, 1, 1));
  });
});

Deno.test("findImageFolderC() refuses missing classes and images of another size", async () => {
  await withFolder(async (folder) => {
    await writeTree(folder, ["fog"], WNIDS.slice(1));
    const published = await findImageFolderC(source, { folder });
    await assertRejects(
      () => published!.load("fog", 2),
      DamagedDataError,
      "2 of the 3 classes",
    );
    await writeImage(`${folder}/fog/2/${WNIDS[0]}/a.JPEG`, { shade: 5, side: 32 });
    await assertRejects(() => published!.load("fog", 2), DamagedDataError, "5 of 6 images");
    await writeImage(`${folder}/fog/2/${WNIDS[0]}/b.JPEG`, { shade: 5 });
    const set = await published!.load("fog", 2);
    await assertRejects(() => Promise.resolve(set.read([0])), DamagedDataError, "32 x 32");
  });
});

Deno.test("findImageFolderC() takes what an ended unpacking left for no copy of the user's own", async () => {
  await withFolder(async (folder) => {
    const archive = `${folder}/Tiny-ImageNet-C.tar`;
    const half = `${archive}.unpacked.unpacking`;
    const official = await putArchive(archive, { names: ["fog"], shade: 70 });
    await writeTree(half, ["fog"]);
    const published = await findImageFolderC(official, { folder });
    const set = await published!.load("fog", 2);
    assertEquals([set.count, (await set.read([0]))[0]], [6, 70]);
    await Deno.remove(archive);
    await Deno.remove(`${archive}.unpacked`, { recursive: true });
    await writeTree(half, ["fog"]);
    assertEquals(await findImageFolderC(official, { folder }), undefined);
  });
});

Deno.test("findImageFolderC() reads the archive where some of its folders lie beside it, and a copy beside a damaged one", async () => {
  await withFolder(async (folder) => {
    const archive = `${folder}/Tiny-ImageNet-C.tar`;
    const official = await putArchive(archive, { names: ["fog", "snow"], shade: 70 });
    for (const severity of [1, 2, 3, 4, 5]) {
      for (const wnid of WNIDS) {
        await Deno.mkdir(`${folder}/fog/${severity}/${wnid}`, { recursive: true });
      }
    }
    await writeTree(folder, ["fog"]);
    const published = await findImageFolderC(official, { folder });
    // A whole copy needs no second one of tens of gigabytes.
    assertEquals((await (await published!.load("fog", 2)).read([0]))[0], 0);
    assert(!isThere(`${archive}.unpacked`));
    await Deno.remove(`${folder}/fog/2/${WNIDS[0]}`, { recursive: true });
    for (const name of ["fog", "snow"] as const) {
      const set = await published!.load(name, 2);
      assertEquals([set.count, (await set.read([0]))[0]], [6, 70]);
    }
    await Deno.remove(`${archive}.unpacked`, { recursive: true });
    await Deno.truncate(archive, 1024);
    await writeTree(folder, ["fog"]);
    const copy = await findImageFolderC(official, { folder });
    assertEquals((await (await copy!.load("fog", 2)).read([0]))[0], 0);
    await assertRejects(() => copy!.load("snow", 2), DamagedDataError, "MD5");
  });
});

Deno.test("findImageFolderC() looks for each corruption in every place, whichever has an archive", async () => {
  await withFolder(async (data) => {
    const folder = `${data}/raw/tiny_imagenet_c`;
    await Deno.mkdir(folder, { recursive: true });
    const extra = `${folder}/Tiny-ImageNet-C-extra.tar`;
    const official = await putArchive(extra, { names: ["saturate"], shade: 70 });
    await writeTree(`${data}/raw/Tiny-ImageNet-C`, ["fog"]);
    await writeTree(`${data}/raw/Tiny-ImageNet-C`, ["frost"], ["n01440764", ...WNIDS]);
    const published = await findImageFolderC(official, { data });
    const first = async (name: ImageCorruptionName) =>
      (await (await published!.load(name, 2)).read([0]))[0];
    assertEquals([await first("saturate"), await first("fog"), await first("frost")], [70, 0, 10]);
    await assertRejects(() => published!.load("snow", 2), MissingDataError, "Tiny-ImageNet-C.tar");
  });
});

Deno.test("findImageFolderC() refuses another archive", async () => {
  await withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/noise.tar`, new Uint8Array(1024));
    const published = await findImageFolderC(IMAGENET_C, { folder });
    await assertRejects(() => published!.load("shot_noise", 1), DamagedDataError, "MD5");
    await assertRejects(() => published!.load("fog", 1), MissingDataError, "weather.tar");
  });
});

Deno.test("sourceState() takes the folders of an archive for it, and says which archive lacks", async () => {
  await withFolder(async (folder) => {
    const [main, extra] = Object.values(TINY_IMAGENET_C.holds);
    const state = () => sourceState(TINY_IMAGENET_C, { folder });
    for (const name of main!) {
      await Deno.mkdir(`${folder}/Tiny-ImageNet-C/${name}/1`, { recursive: true });
    }
    assertEquals(await state(), {
      state: "missing",
      bytes: 0,
      reason: "without Tiny-ImageNet-C-extra.tar",
    });
    for (const name of extra!) await Deno.mkdir(`${folder}/${name}/1`, { recursive: true });
    assertEquals((await state()).state, "present");
  });
});

Deno.test("every corruption is in one archive of Tiny-ImageNet-C and of ImageNet-C", () => {
  for (const { holds, files } of [TINY_IMAGENET_C, IMAGENET_C]) {
    const names: ImageCorruptionName[] = Object.values(holds).flat();
    assertEquals([names.length, new Set(names).size], [19, 19]);
    assertEquals(Object.keys(holds), files.map(({ name }) => name));
  }
});
