/** The vocabulary of ops is one: what it has a name for is run nowhere else. */
import { assert, assertEquals } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { op, tf } from "../../lib/tensorflow/mod.ts";

const folder = new URL("../../lib/", import.meta.url);

/** The names of ops that each file of lib/ gives to TensorFlow, by the file. */
async function opsOfFiles(at = folder): Promise<Map<string, string[]>> {
  const all = new Map<string, string[]>();
  for await (const { name, isDirectory } of Deno.readDir(at)) {
    const url = new URL(isDirectory ? `${name}/` : name, at);
    if (isDirectory) { for (const [file, ops] of await opsOfFiles(url)) all.set(file, ops); }
    else if (name.endsWith(".ts")) {
      const text = (await Deno.readTextFile(url)).replaceAll(/^\s*(\/\/|\/?\*).*$/gm, "");
      const named = text.matchAll(
        /\b(?:run|runMany|unary|binary|reduction|ofRows)\(\s*"(\w+)"/g,
      );
      all.set(url.href.slice(folder.href.length), Array.from(named, ([, op]) => op!));
    }
  }
  return all;
}

Deno.test("an op that tensorflow/ops has a name for is run by that name alone", async () => {
  const files = [...await opsOfFiles()];
  const isVocabulary = (file: string) => file.startsWith("tensorflow/ops/");
  const vocabulary = files.filter(([file]) => isVocabulary(file)).flatMap(([, ops]) => ops);
  assert(vocabulary.length > 50);
  const elsewhere = files.filter(([file]) => !isVocabulary(file))
    .flatMap(([file, ops]) =>
      ops.filter((op) => vocabulary.includes(op)).map((op) => `${file} runs ${op}`)
    );
  assertEquals(elsewhere, []);
});

Deno.test("ops are run by TensorFlow's rooms and the optimisers alone", async () => {
  const rooms = [...await opsOfFiles()].filter(([, ops]) => ops.length > 0)
    .map(([file]) => file).filter((file) => !file.startsWith("tensorflow/"));
  assertEquals(rooms, ["training/optimizer.ts"]);
});

const x = tf.tensor2d([[1, 5, 2], [4, -3, 0]]);
const list = tf.tensor1d([2, 0], "int32");

// Each by its definition, where no loss, layer or attack has an oracle for it.
const cases: [name: string, ours: () => Tensor, wanted: number[], shape: number[]][] = [
  ["sum of all", () => op.sum(x), [9], []],
  ["sum over an axis", () => op.sum(x, [0]), [5, 2, 2], [3]],
  ["mean, kept", () => op.mean(x, [0], { keepDims: true }), [2.5, 1, 1], [1, 3]],
  ["rowMax", () => op.rowMax(x), [5, 4], [2, 1]],
  ["columnSum", () => op.columnSum(x), [5, 2, 2], [3]],
  ["argMax", () => op.argMax(x), [1, 0], [2]],
  ["topk", () => op.topk(x, 2)[0], [5, 2, 4, 0], [2, 2]],
  ["gather", () => op.gather(x, tf.tensor1d([1], "int32")), [4, -3, 0], [1, 3]],
  ["gather along columns", () => op.gather(x, list, 1), [2, 1, 0, 4], [2, 2]],
  ["gatherInRows", () => op.gatherInRows(x, op.expandDims(list, 1)), [2, 4], [2, 1]],
  ["oneHot", () => op.oneHot(list, 3, { on: 5, off: -1 }), [-1, -1, 5, 5, -1, -1], [2, 3]],
  ["oneHotMask", () => op.oneHotMask(list, 3), [0, 0, 1, 1, 0, 0], [2, 3]],
  ["concat", () => op.concat([list, list]), [2, 0, 2, 0], [4]],
  ["stack", () => op.stack([list, list]), [2, 0, 2, 0], [2, 2]],
  ["slice", () => op.slice(x, [0, 1], [2, 1]), [5, -3], [2, 1]],
  ["pad", () => op.pad(x, [[0, 0], [1, 0]]), [0, 1, 5, 2, 0, 4, -3, 0], [2, 4]],
  ["roll", () => op.roll(x, [1], [1]), [2, 1, 5, 0, 4, -3], [2, 3]],
  ["transpose", () => op.transpose(x, [1, 0]), [1, 4, 5, -3, 2, 0], [3, 2]],
  ["matMul", () => op.matMul(x, x, { transposed: "second" }), [30, -11, -11, 25], [2, 2]],
  ["divNoNan", () => op.divNoNan(x, op.sub(x, x)), [0, 0, 0, 0, 0, 0], [2, 3]],
  ["bytesOf", () => op.cast(op.bytesOf(list), "int32"), [2, 0, 0, 0, 0, 0, 0, 0], [2, 4]],
];
for (const [name, ours, wanted, shape] of cases) {
  Deno.test(`op: ${name}`, () => {
    tf.tidy(() => {
      const found = ours();
      assertEquals(found.shape, shape);
      assertEquals([...found.dataSync()].map((value) => value + 0), wanted);
    });
  });
}
