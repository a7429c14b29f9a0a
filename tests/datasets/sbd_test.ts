import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  countPixels,
  DamagedDataError,
  MissingDataError,
  sourceState,
} from "../../lib/datasets/mod.ts";
import { loadSbd, SBD } from "../../lib/datasets/sbd.ts";
import { inFolder, putImage, rowsOf } from "./scene_fixture.ts";

/** Masks as SciPy writes them: made by tests/oracles/sbd_masks.py. */
const fixture: Record<
  "wide" | "high" | "unknown" | "large" | "negative" | "fraction",
  { mat: string; rows: number[][] }
> = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/datasets/sbd.json", import.meta.url)),
);
const source = { ...SBD, images: { train: 2, test: 1 } };

async function putScene(folder: string, name: string, mask: keyof typeof fixture): Promise<void> {
  const { mat, rows } = fixture[mask];
  await putImage(`${folder}/img/${name}.jpg`, rows.length, rows[0]!.length);
  await Deno.mkdir(`${folder}/cls`, { recursive: true });
  await Deno.writeFile(`${folder}/cls/${name}.mat`, Uint8Array.fromBase64(mat));
}

async function putSbd(folder: string): Promise<void> {
  await putScene(folder, "2008_000002", "wide");
  await putScene(folder, "2008_000001", "high");
  await putScene(folder, "2009_000009", "wide");
  await Deno.writeTextFile(`${folder}/train.txt`, "2008_000002\n2008_000001\n");
  await Deno.writeTextFile(`${folder}/val.txt`, "2009_000009\n");
}

Deno.test("loadSbd() reads masks as SciPy wrote them, of any size, in the order of the list", async () => {
  const places = [
    "raw/sbd",
    "raw/sbd/benchmark_RELEASE/dataset",
    "benchmark_RELEASE/dataset",
    "sbd",
  ];
  for (const place of places) {
    await inFolder(async (data) => {
      await putSbd(`${data}/${place}`);
      const { classes, classNames, colours, train, test } = await loadSbd({ data }, source);
      assertEquals([classes, classNames[15], train.count, test.count], [21, "person", 2, 1]);
      // PASCAL VOC's colour map
      assertEquals([colours[0], colours[1], colours[15], colours[20]], [
        [0, 0, 0],
        [128, 0, 0],
        [192, 128, 128],
        [0, 64, 128],
      ]);
      for (const [i, name] of (["wide", "high"] as const).entries()) {
        const { labels, width } = await train.read(i);
        assertEquals(rowsOf(labels, width), fixture[name].rows);
      }
      const counted = await countPixels(train, { data });
      const all = [...fixture.wide.rows, ...fixture.high.rows].flat();
      assertEquals(counted.pixels[15], all.filter((label) => label === 15).length);
      assertEquals([counted.ignored, counted.pixelsPerImage], [0, all.length / 2]);
    });
  }
});

Deno.test("damaged scenes of SBD are named", async () => {
  const name = "2008_000001";
  const cases: [(folder: string) => Promise<void>, string][] = [
    [(folder) => putScene(folder, name, "unknown"), "label 21"],
    [(folder) => putScene(folder, name, "large"), "label 256"],
    [(folder) => putScene(folder, name, "negative"), "label -1"],
    [(folder) => putScene(folder, name, "fraction"), "label 1.5"],
    [(folder) => putImage(`${folder}/img/${name}.jpg`, 4, 4), "4 x 6 pixels, and its image"],
    [(folder) => Deno.truncate(`${folder}/cls/${name}.mat`, 200), "MAT data"],
    [(folder) => Deno.writeTextFile(`${folder}/cls/${name}.mat`, "x"), "MAT data"],
  ];
  for (const [spoil, reason] of cases) {
    await inFolder(async (folder) => {
      await putSbd(folder);
      await spoil(folder);
      const { train } = await loadSbd({ folder }, source);
      const error = await assertRejects(() => train.read(1), DamagedDataError, reason);
      assertStringIncludes(error.file, name);
    });
  }
  for (
    const [file, reason] of [[`cls/${name}.mat`, "its mask"], [`img/${name}.jpg`, "not there"], [
      "val.txt",
      "val.txt",
    ]]
  ) {
    await inFolder(async (folder) => {
      await putSbd(folder);
      await Deno.remove(`${folder}/${file}`);
      await assertRejects(() => loadSbd({ folder }, source), DamagedDataError, reason);
      assertEquals((await sourceState(source, { folder })).state, "damaged");
    });
  }
  await inFolder(async (folder) => {
    await putSbd(folder);
    await Deno.writeTextFile(`${folder}/train.txt`, `${name}\n${name}\n`);
    await assertRejects(() => loadSbd({ folder }, source), DamagedDataError, `names ${name} twice`);
  });
  await inFolder(async (folder) => {
    await putSbd(folder);
    await assertRejects(() => loadSbd({ folder }), DamagedDataError, "2 images instead of 8498");
    await assertRejects(
      () => loadSbd({ data: `${folder}/none` }),
      MissingDataError,
      "benchmark.tgz",
    );
  });
});
