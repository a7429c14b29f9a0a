/** Flips and crops against a naive version, and what they depend on. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { decodeSafetensors } from "../../lib/formats/mod.ts";
import { augment } from "../../lib/training/mod.ts";

const [height, width, channels] = [7, 6, 2];
const shape = [height, width, channels] as const;
const size = height * width * channels;

/** A batch of images of different numbers, none of them 0. */
const batchOf = (indices: number[]) =>
  Uint8Array.from(
    { length: indices.length * size },
    (_, i) => 1 + (indices[Math.floor(i / size)]! * 31 + (i % size)) % 255,
  );

function augmented(
  indices: number[],
  { augmentation = "crop_flip" as "none" | "flip" | "crop_flip", seed = 1, epoch = 0 } = {},
): Uint8Array[] {
  const batch = batchOf(indices);
  augment(batch, { augmentation, shape, indices, seed, epoch });
  assertEquals(batch.length, indices.length * size);
  return indices.map((_, n) => batch.slice(n * size, (n + 1) * size));
}

/** An image moved by (dy, dx) over a border of zeros, and mirrored: pixel by pixel. */
function naive(
  image: Uint8Array,
  { dy = 0, dx = 0, mirrored = false },
  [height, width, channels]: readonly [number, number, number] = shape,
): Uint8Array {
  const result = new Uint8Array(image.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromY, fromX] = [y + dy, (mirrored ? width - 1 - x : x) + dx];
      if (fromY < 0 || fromY >= height || fromX < 0 || fromX >= width) continue;
      for (let c = 0; c < channels; c++) {
        result[(y * width + x) * channels + c] = image[(fromY * width + fromX) * channels + c]!;
      }
    }
  }
  return result;
}

const many = Array.from({ length: 2000 }, (_, i) => i);

Deno.test("augment() with none changes nothing", () => {
  assertEquals(augmented([3, 1], { augmentation: "none" }), [batchOf([3]), batchOf([1])]);
});

Deno.test("augment() with flip mirrors about half of the images left to right", () => {
  let mirrored = 0;
  augmented(many, { augmentation: "flip" }).forEach((image, n) => {
    const original = batchOf([n]);
    if (image.join() === original.join()) return;
    assertEquals(image, naive(original, { mirrored: true }));
    mirrored++;
  });
  // Within five standard deviations of 1000.
  assert(Math.abs(mirrored - 1000) < 5 * Math.sqrt(500), `${mirrored}`);
});

Deno.test("augment() with crop_flip moves by -4 to 4 pixels over zeros, each way about equally often", () => {
  const moves = new Map<string, number>();
  augmented(many).forEach((image, n) => {
    const original = batchOf([n]);
    const text = image.join();
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) {
        for (const mirrored of [false, true]) {
          if (naive(original, { dy, dx, mirrored }).join() !== text) continue;
          const key = `${dy},${dx},${mirrored}`;
          moves.set(key, (moves.get(key) ?? 0) + 1);
          return;
        }
      }
    }
    throw new Error(`image ${n} is no crop`);
  });
  // 162 ways, 12.3 times each on average: a way not met at all has a chance of 5e-6.
  assertEquals(moves.size, 162);
  assert(Math.max(...moves.values()) < 40);
});

Deno.test("augment() with crop_flip gives all crops of images smaller than its moves, most of them of nothing", () => {
  for (const shape of [[3, 2, 2], [2, 3, 1], [1, 1, 1]] as const) {
    const image = Uint8Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) => i + 1);
    const moves = Array.from({ length: 9 }, (_, i) => i - 4);
    const wanted = moves.flatMap((dy) =>
      moves.flatMap((dx) =>
        [false, true].map((mirrored) => naive(image, { dy, dx, mirrored }, shape).join())
      )
    );
    const found = many.map((index) => {
      const crop = image.slice();
      augment(crop, { augmentation: "crop_flip", shape, indices: [index], seed: 1, epoch: 0 });
      return crop.join();
    });
    assertEquals(new Set(found), new Set(wanted));
  }
});

Deno.test("augment() depends on seed, epoch and sample, not on the batch", () => {
  const together = augmented([5, 6, 7, 8]);
  assertEquals(augmented([8, 5]), [together[3]!, together[0]!]);
  assertEquals(augmented([6]), [together[1]!]);
  assertNotEquals(augmented([5, 6, 7, 8], { seed: 2 }), together);
  assertNotEquals(augmented([5, 6, 7, 8], { epoch: 1 }), together);
});

Deno.test("augment() with crop_flip gives torchvision's crops, all of them", () => {
  // Made by tests/oracles/input_pipeline.py; the file names the versions.
  const { tensors } = decodeSafetensors(
    Deno.readFileSync(new URL("../fixtures/training/crops.safetensors", import.meta.url)),
  );
  const image = tensors.get("image")!.data as Uint8Array;
  const crops = tensors.get("crops")!.data as Uint8Array;
  const missing = new Set<string>();
  for (let i = 0; i < crops.length; i += image.length) {
    missing.add(crops.subarray(i, i + image.length).join());
  }
  const wanted = new Set(missing);
  assertEquals(wanted.size, 162);
  for (const index of many) {
    const batch = image.slice();
    const options = { augmentation: "crop_flip", shape: [7, 6, 3], seed: 3, epoch: 1 } as const;
    augment(batch, { ...options, indices: [index] });
    assert(wanted.has(batch.join()), `image ${index} is no crop of torchvision's`);
    missing.delete(batch.join());
  }
  assertEquals(missing.size, 0);
});
