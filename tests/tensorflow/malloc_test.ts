import { assertEquals } from "@std/assert";
import { keepFreedMemory } from "../../lib/tensorflow/malloc.ts";

Deno.test({
  name: "keepFreedMemory() is taken by glibc",
  ignore: Deno.build.os !== "linux",
  fn: () => assertEquals(keepFreedMemory("libc.so.6"), true),
});

Deno.test("keepFreedMemory() changes nothing where there is another C library", () => {
  assertEquals(keepFreedMemory("no-such-library.so"), false);
});
