import { cp } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import {
  corruptedSets,
  type FloatImageSet,
  type ImageSet,
  loadDataset,
  madeFolder,
  memoryImages,
  mnistC,
  readPixels,
  subset,
  unknownSets,
} from "../../lib/datasets/mod.ts";
import { keeping } from "../../lib/datasets/kept_images.ts";
import { isFile } from "../../lib/files/mod.ts";
import { projectFolder } from "../other_project.ts";
import { withFolder } from "../with_folder.ts";

const COUNT = 5;
const all = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

/** A set that counts the images it makes: pixel j of image i is 10 i + j. */
function counting(shift = 0) {
  const made: number[] = [];
  const set: ImageSet = {
    ...{ name: "ramp", count: COUNT, shape: [2, 2, 1], labels: new Int32Array(COUNT).fill(-1) },
    read(indices) {
      made.push(...Array.from(indices));
      return Uint8Array.from(
        Array.from(indices).flatMap((i) => [0, 1, 2, 3].map((j) => 10 * i + j + shift)),
      );
    },
  };
  return { set, made };
}

const filesIn = (data: string) => {
  const folder = madeFolder(data)!;
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => join(folder, name)).sort();
  } catch {
    return [];
  }
};

Deno.test("keeping() makes each image once, and another reader none", () =>
  withFolder(async (data) => {
    const how = { seed: 1 };
    const first = counting();
    const kept = keeping(first.set, { data, how });
    const wanted = [30, 31, 32, 33, 0, 1, 2, 3];
    assertEquals(Array.from(await kept.read([3, 0])), wanted);
    // A part of them is kept for nobody.
    assertEquals(filesIn(data), []);
    await kept.read(all(COUNT));
    assertEquals(filesIn(data).length, 1);
    assertEquals(Array.from(await kept.read([3, 0])), wanted);
    assertEquals(first.made, [3, 0, 0, 1, 2, 3, 4]);

    const second = counting();
    const read = keeping(second.set, { data, how });
    assertEquals(Array.from(await read.read([3, 0])), wanted);
    assertEquals(Array.from(await read.read([4])), [40, 41, 42, 43]);
    assertEquals(second.made, []);
    assertEquals([read.name, read.count, read.labels], ["ramp", COUNT, second.set.labels]);
  }));

Deno.test("keeping() has one file for each way of making, source, name and number of images", () =>
  withFolder(async (data) => {
    const source = (value: number) =>
      memoryImages({
        name: "source",
        shape: [1, 1, 1],
        pixels: new Uint8Array([value]),
        labels: new Int32Array(1),
      });
    const makings = [
      { data, how: { seed: 1 } },
      { data, how: { seed: 2 } },
      { data, how: { seed: 1 }, source: source(1) },
      { data, how: { seed: 1 }, source: source(2) },
    ];
    for (const [i, making] of makings.entries()) {
      const { set, made } = counting(i);
      const images = await keeping(set, making).read(all(COUNT));
      assertEquals([made.length, images[0]], [COUNT, i]);
    }
    const { set } = counting(50);
    await keeping({ ...set, name: "other" }, makings[0]!).read(all(COUNT));
    const { set: fewer } = counting(60);
    await keeping({ ...fewer, count: 2 }, makings[0]!).read(all(2));
    assertEquals(filesIn(data).length, 6);
    const again = counting();
    assertEquals((await keeping(again.set, makings[3]!).read([0]))[0], 3);
    assertEquals(again.made, []);
  }));

Deno.test("keeping() makes images anew whose file is damaged or cut, and mends it", () =>
  withFolder(async (data) => {
    const read = async () => {
      const { set, made } = counting();
      const images = await keeping(set, { data, how: 1 }).read(all(COUNT));
      return { images, made: made.length };
    };
    const { images } = await read();
    const [path] = filesIn(data) as [string];
    const whole = Deno.readFileSync(path);
    const flipped = whole.slice();
    flipped[flipped.length - 1]! ^= 1;
    for (const damaged of [flipped, whole.slice(0, -1), whole.slice(0, 3), new Uint8Array()]) {
      Deno.writeFileSync(path, damaged);
      assertEquals(await read(), { images, made: COUNT });
      assertEquals(Deno.readFileSync(path), whole);
    }
    assertEquals((await read()).made, 0);
  }));

Deno.test("keeping() makes images each time where nothing can be written, no folder is named, or they are too many", () =>
  withFolder(async (data) => {
    const expect = async (making: { data: string | undefined }, count = COUNT) => {
      for (let i = 0; i < 2; i++) {
        const { set, made } = counting();
        await keeping({ ...set, count }, { ...making, how: 1 }).read(all(COUNT));
        assertEquals(made.length, COUNT);
      }
    };
    await expect({ data: undefined });
    await expect({ data }, 2 ** 22 + 1);
    assertEquals(filesIn(data), []);
    Deno.writeTextFileSync(join(data, "made"), "no folder");
    await expect({ data });
    assert(isFile(join(data, "made")));
  }));

Deno.test("keeping() knows a source that could not be read at first", () =>
  withFolder(async (data) => {
    let fails = true;
    const read = counting().set.read;
    const source: ImageSet = {
      ...counting().set,
      read: (indices) => fails ? Promise.reject(new Error("disk away")) : read(indices),
    };
    const { set, made } = counting();
    const kept = keeping(set, { data, how: 1, source });
    await assertRejects(async () => await kept.read([0]), Error, "disk away");
    fails = false;
    assertEquals(Array.from(await kept.read([1])), [10, 11, 12, 13]);
    assertEquals(made, [1]);
  }));

/** Where a copy of the code in a folder keeps what it makes, before and after a file of it is changed by `meanwhile`. */
async function placesOf(code: string, meanwhile?: string): Promise<string[]> {
  const script = `
    import { madeFolder } from ${JSON.stringify(join(code, "lib/datasets/kept_images.ts"))};
    const before = madeFolder("data");
    if (${meanwhile !== undefined}) Deno.writeTextFileSync(${
    JSON.stringify(join(code, meanwhile ?? ""))
  }, "// changed", { append: true });
    console.log(JSON.stringify([before, madeFolder("data")]));`;
  const path = join(code, "places.ts");
  Deno.writeTextFileSync(path, script);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-config", "--no-check", path],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("made images are told apart by the code of their rooms, as it was loaded, and by the libraries' versions", () =>
  withFolder(async (code) => {
    for (const room of ["corruptions", "datasets", "files", "random"]) {
      await cp(join(projectFolder, "lib", room), join(code, "lib", room), { recursive: true });
    }
    const versions = join(code, "deno.json");
    Deno.copyFileSync(join(projectFolder, "deno.json"), versions);
    const places = new Set([madeFolder("data")!]);
    const first = await placesOf(code, "lib/corruptions/mnist_noise.ts");
    // The same code at another place has the same; what changes while it runs is not what runs.
    assertEquals(first, [madeFolder("data")!, madeFolder("data")!]);
    for (const file of ["lib/datasets/mnist_c.ts", "lib/random/generator.ts", undefined]) {
      const [place, after] = await placesOf(code, file) as [string, string];
      assertEquals(after, place);
      assert(!places.has(place));
      places.add(place);
    }
    const text = Deno.readTextFileSync(versions);
    Deno.writeTextFileSync(versions, text.replace(/npm:pure-rand@[\d.]+/, "npm:pure-rand@0.0.1"));
    assert(!places.has((await placesOf(code))[0]!));
  }));

Deno.test("MNIST-C and the sets of unknown classes are the same kept as made", () =>
  withFolder(async (data) => {
    const whole = await loadDataset("mnist");
    const mnist = { ...whole, test: subset(whole.test, 12) };
    const indices = all(12);
    const setsOf = async (options: { data?: string }) => {
      const corrupted = (await corruptedSets(mnist, { seed: 3, ...options }))
        .filter(({ name }) => ["fog", "rotate"].includes(name));
      // Those of files are looked for in the data folder.
      const unknown = unknownSets(mnist, { seed: 3, count: 12, ...options }).slice(3);
      const pixels: Record<string, Float32Array> = {};
      for (const { name, load } of [...corrupted, ...unknown]) {
        const set: ImageSet | FloatImageSet = await load();
        pixels[name] = await readPixels(set, indices);
      }
      return pixels;
    };
    const made = await setsOf({});
    assertEquals(await setsOf({ data }), made);
    const files = filesIn(data).map((path) => path.slice(path.lastIndexOf("/") + 1).split("-")[0]);
    // Uniform noise is drawn as fast as it is read.
    assertEquals(files, ["blobs", "fog", "permuted", "phase", "rotate"]);
    assertEquals(await setsOf({ data }), made);
    // It is the files that are read.
    const [fog] = filesIn(data).filter((path) => path.includes("fog-")) as [string];
    const [rotate] = filesIn(data).filter((path) => path.includes("rotate-")) as [string];
    Deno.copyFileSync(rotate, fog);
    assertEquals((await setsOf({ data })).fog, made.rotate);
    const direct = await readPixels(mnistC(mnist.test, "fog", { seed: 4 }), indices);
    assertNotEquals(direct, made.fog);
  }));
