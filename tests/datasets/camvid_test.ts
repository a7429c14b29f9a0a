import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  countPixels,
  DamagedDataError,
  dataSource,
  DownloadError,
  downloadSource,
  ignoreLabel,
  loadScenes,
  MissingDataError,
  sourceState,
} from "../../lib/datasets/mod.ts";
import { CAMVID, type CamVidSource, listFiles, loadCamVid } from "../../lib/datasets/camvid.ts";
import { gitBlobOf } from "../../lib/datasets/cifar_copy.ts";
import { serveLoopback } from "./loopback.ts";
import { inFolder, putDeepMask, putImage, putMask, rowsOf } from "./scene_fixture.ts";

const { pixels: _pixels, ...official } = CAMVID;
const source: CamVidSource = { ...official, images: { train: 2, test: 1 } };

const MASKS: Record<string, number[][]> = {
  "train/a": [[0, 1, 2], [3, 11, 5]],
  "train/b": [[10, 10, 9], [11, 8, 8]],
  "test/c": [[7, 7, 7], [7, 6, 4]],
};

async function putCamVid(folder: string): Promise<void> {
  for (const [name, rows] of Object.entries(MASKS)) {
    await putImage(`${folder}/${name}.png`, 2, 3);
    await putMask(`${folder}/${name.replace("/", "annot/")}.png`, rows);
  }
}

Deno.test("loadCamVid() gives images with label maps, and ignores what SegNet calls unlabelled", async () => {
  await inFolder(async (data) => {
    await putCamVid(`${data}/raw/CamVid`);
    const { classes, classNames, colours, train, test } = await loadCamVid({ data }, source);
    assertEquals([classes, classNames.length, colours.length], [11, 11, 11]);
    assertEquals([train.count, test.count], [2, 1]);
    const scene = await train.read(0);
    assertEquals([scene.height, scene.width], [2, 3]);
    assertEquals([...scene.pixels.subarray(0, 6)], [0, 0, 77, 10, 0, 77]);
    assertEquals(rowsOf(scene.labels, 3), [[0, 1, 2], [3, ignoreLabel, 5]]);
    await assertRejects(() => train.read(2), RangeError, "0 .. 1");
    const counts = await countPixels(train, { data });
    assertEquals(counts.pixels, [1, 1, 1, 1, 0, 1, 0, 0, 2, 1, 2]);
    assertEquals([counts.ignored, counts.pixelsPerImage], [2, 6]);
    assertEquals(counts.images, [1, 1, 1, 1, 0, 1, 0, 0, 1, 1, 1]);
  });
});

Deno.test("the pixels of CamVid's classes are counted anew where a mask has changed", async () => {
  await inFolder(async (data) => {
    await putCamVid(`${data}/raw/camvid`);
    const { train } = await loadCamVid({ data }, source);
    assertEquals((await countPixels(train, { data })).pixels[4], 0);
    await putMask(`${data}/raw/camvid/trainannot/b.png`, [[4, 4, 4], [4, 4, 4]]);
    assertEquals((await countPixels(train, { data })).pixels[4], 6);
  });
});

Deno.test("damaged scenes are named: another size, labels that are none, twins that are missing, colours", async () => {
  const mask = "trainannot/b.png", image = "train/b.png";
  const atRead: [string, (folder: string) => Promise<void>, string][] = [
    [mask, (folder) => putMask(`${folder}/${mask}`, [[1, 1], [1, 1]]), "2 x 2 pixels"],
    [mask, (folder) => putMask(`${folder}/${mask}`, [[1, 12, 1], [1, 1, 1]]), "label 12 at row 0"],
    [mask, (folder) => putImage(`${folder}/${mask}`, 2, 3), "picture in colours"],
    [mask, (folder) => putDeepMask(`${folder}/${mask}`, [[1, 2, 3], [4, 5, 6]]), "16 bits"],
    [mask, (folder) => Deno.truncate(`${folder}/${mask}`, 40), "Cannot decode"],
    [image, (folder) => Deno.writeTextFile(`${folder}/${image}`, "no"), "Cannot decode"],
  ];
  for (const [file, spoil, reason] of atRead) {
    await inFolder(async (folder) => {
      await putCamVid(folder);
      await spoil(folder);
      const { train } = await loadCamVid({ folder }, source);
      const error = await assertRejects(() => train.read(1), DamagedDataError, reason);
      assertEquals(error.file, `${folder}/${file}`);
    });
  }
  for (const [file, reason] of [[mask, "its mask"], [image, "its image"]]) {
    await inFolder(async (folder) => {
      await putCamVid(folder);
      await Deno.remove(`${folder}/${file}`);
      await assertRejects(() => loadCamVid({ folder }, source), DamagedDataError, reason);
      assertEquals((await sourceState(source, { folder })).state, "damaged");
    });
  }
  await inFolder(async (folder) => {
    await putCamVid(folder);
    await Deno.remove(`${folder}/test`, { recursive: true });
    await Deno.writeTextFile(`${folder}/test`, "a file");
    await assertRejects(() => loadCamVid({ folder }, source), DamagedDataError, "no such folder");
    assertEquals((await sourceState(source, { folder })).state, "damaged");
  });
  await inFolder(async (folder) => {
    await putCamVid(folder);
    const larger = { ...source, images: { train: 367, test: 233 } };
    await assertRejects(() => loadCamVid({ folder }, larger), DamagedDataError, "2 images instead");
    const others = { ...source, pixels: { train: "0".repeat(64), test: "0".repeat(64) } };
    await assertRejects(() => loadCamVid({ folder }, others), DamagedDataError, "SHA-256");
  });
});

Deno.test("loadScenes() says how to get CamVid, and names the sets there are", async () => {
  await inFolder(async (data) => {
    const error = await assertRejects(() => loadScenes("camvid", { data }), MissingDataError);
    assertStringIncludes(error.message, "deno task data download camvid");
    await assertRejects(() => loadScenes("toString"), RangeError, "camvid, cityscapes, sbd");
  });
});

Deno.test("the list of CamVid's files is SegNet's split, at one commit", () => {
  const files = listFiles("http://127.0.0.1");
  assertEquals(files.length, 2 * (367 + 101 + 233) + 3);
  assertEquals(new Set(files.map(({ name }) => name)).size, files.length);
  for (const { urls: [url], gitBlob } of files) {
    assert(/^http:\/\/127.0.0.1\/bb68b64[0-9a-f]{33}\/CamVid\/(train|val|test)/.test(url!), url);
    assert(/^[0-9a-f]{40}$/.test(gitBlob!));
  }
  const known = files.find(({ name }) => name === "trainannot/0001TP_006690.png");
  // `git hash-object` of a file of another copy
  assertEquals(known?.gitBlob, "7f360f2f18398f168d91f432ee47cf9faa9e2877");
});

Deno.test("downloadSource() brings many files, each checked by its git blob id, and goes on where it was ended", async () => {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  await inFolder(async (folder) => {
    await putCamVid(folder);
    for (const [name] of Object.entries(MASKS)) {
      for (const path of [`${name}.png`, `${name.replace("/", "annot/")}.png`]) {
        files.set(path, await Deno.readFile(`${folder}/${path}`));
      }
    }
  });
  let spoilt: string | undefined = "trainannot/b.png";
  const server = serveLoopback(({ path }) => {
    const name = path.slice("/c/".length);
    const bytes = files.get(name)!;
    const sent = name === spoilt ? bytes.with(60, bytes[60]! ^ 1) : bytes;
    return { headers: { "content-length": `${sent.length}` }, pieces: [sent] };
  });
  const remote: CamVidSource = {
    ...source,
    many: {
      what: "all",
      list: () =>
        [...files].map(([name, bytes]) => ({
          name,
          urls: [`${server.address}/c/${name}`],
          gitBlob: gitBlobOf(bytes),
        })),
    },
  };
  await inFolder(async (data) => {
    const error = await assertRejects(
      () => downloadSource(remote, { data, retries: 0 }),
      DownloadError,
    );
    assertStringIncludes(error.message, "git blob id");
    assertStringIncludes(error.message, "b.png");
    spoilt = undefined;
    const asked = server.asked.length;
    assertEquals(await downloadSource(remote, { data, retries: 0 }), [`${data}/raw/camvid`]);
    assert(server.asked.length - asked < files.size);
    const { train } = await loadCamVid({ data }, remote);
    assertEquals((await train.read(1)).labels[0], 10);
    const left = [...Deno.readDirSync(`${data}/raw/camvid/train`)].map(({ name }) => name).sort();
    assertEquals(left, ["a.png", "b.png"]);
    assertEquals((await sourceState(remote, { data })).state, "present");
  });
  await server.close();
});

Deno.test("camvid is among the sources, missing where nothing lies", async () => {
  await inFolder(async (data) => {
    assertEquals((await sourceState(dataSource("camvid"), { data })).state, "missing");
  });
});
