import { assertEquals, assertThrows } from "@std/assert";
import { hostPlatform } from "../../lib/runtime/mod.ts";
import { CPU_WHEELS, CUDA_WHEELS, ZIG_WHEELS } from "../../lib/runtime/wheels.ts";

Deno.test("hostPlatform() knows the three platforms that there are wheels for", () => {
  assertEquals(
    [["linux", "x86_64"], ["linux", "aarch64"], ["darwin", "aarch64"]].map(([os, arch]) =>
      hostPlatform({ os: os!, arch: arch! }).name
    ),
    ["linux-x86_64", "linux-aarch64", "macos-arm64"],
  );
});

Deno.test("hostPlatform() says what it runs on when it is another platform", () => {
  assertThrows(
    () => hostPlatform({ os: "windows", arch: "x86_64" }),
    Error,
    "Linux x86-64, Linux aarch64 and macOS arm64; this is windows x86_64",
  );
});

Deno.test("every wheel is pinned by a SHA-256 of its own", () => {
  const wheels = [
    ...Object.values(CPU_WHEELS).flat(),
    ...CUDA_WHEELS,
    ...Object.values(ZIG_WHEELS),
  ];
  for (const { sha256 } of wheels) assertEquals(/^[0-9a-f]{64}$/.test(sha256), true);
  assertEquals(new Set(wheels.map(({ sha256 }) => sha256)).size, wheels.length);
});
