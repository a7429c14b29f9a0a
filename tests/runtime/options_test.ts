import { assertEquals, assertThrows } from "@std/assert";
import { readOptions } from "../../lib/runtime/mod.ts";

const from = (variables: Record<string, string>) => readOptions((name) => variables[name]);

Deno.test("readOptions() leaves everything to TensorFlow and the machine when nothing is set", () => {
  assertEquals(from({}), {
    build: "auto",
    threads: undefined,
    interOpThreads: undefined,
    gpuGrowth: true,
    tf32: false,
  });
});

Deno.test("readOptions() takes what is set", () => {
  const variables = {
    HEM_TENSORFLOW: "cuda",
    HEM_THREADS: "3",
    HEM_INTEROP_THREADS: "1",
    HEM_GPU_GROWTH: "0",
    HEM_TF32: "1",
  };
  assertEquals(from(variables), {
    build: "cuda",
    threads: 3,
    interOpThreads: 1,
    gpuGrowth: false,
    tf32: true,
  });
});

Deno.test("readOptions() takes TensorFlow's own variables where ours are not set", () => {
  const theirs = { TF_NUM_INTRAOP_THREADS: "4", TF_NUM_INTEROP_THREADS: "0" };
  assertEquals([from(theirs).threads, from(theirs).interOpThreads], [4, 0]);
  assertEquals(from({ ...theirs, HEM_THREADS: "2" }).threads, 2);
});

for (
  const [name, value] of [
    ["HEM_TENSORFLOW", "gpu"],
    ["HEM_THREADS", "0"],
    ["HEM_THREADS", "two"],
    ["HEM_THREADS", "-1"],
    ["HEM_THREADS", "Infinity"],
    ["HEM_THREADS", "1000000"],
    ["HEM_INTEROP_THREADS", "1.5"],
    ["TF_NUM_INTRAOP_THREADS", "-1"],
    ["TF_NUM_INTRAOP_THREADS", "999999"],
    ["TF_NUM_INTEROP_THREADS", "two"],
    ["HEM_GPU_GROWTH", "yes"],
    ["HEM_TF32", "on"],
  ] as const
) {
  Deno.test(`readOptions() names the variable when ${name} is "${value}"`, () => {
    assertThrows(() => from({ [name]: value }), RangeError, name);
  });
}
