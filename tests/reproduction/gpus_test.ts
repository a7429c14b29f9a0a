import { assertEquals } from "@std/assert";
import { visibleGpus } from "../../lib/reproduction/mod.ts";
import { chooseBuild } from "../../lib/runtime/mod.ts";

const under = (variables: Record<string, string>) =>
  visibleGpus({ get: (name) => ({ HEM_TENSORFLOW: "cuda", ...variables })[name] });

Deno.test("visibleGpus() follows CUDA_VISIBLE_DEVICES as NVIDIA defines it", async () => {
  assertEquals(await under({ CUDA_VISIBLE_DEVICES: "2,0" }), ["2", "0"]);
  assertEquals(await under({ CUDA_VISIBLE_DEVICES: "1,-1,0" }), ["1"]);
  assertEquals(await under({ CUDA_VISIBLE_DEVICES: "1, 2,none,0" }), ["1", "2"]);
  assertEquals(await under({ CUDA_VISIBLE_DEVICES: "NoDevFiles" }), []);
  assertEquals(await under({ CUDA_VISIBLE_DEVICES: "" }), []);
  assertEquals(await under({ CUDA_VISIBLE_DEVICES: "GPU-1a,GPU-2b" }), ["GPU-1a", "GPU-2b"]);
});

Deno.test("visibleGpus() has none where TensorFlow for the CPU was chosen", async () => {
  assertEquals(await under({ HEM_TENSORFLOW: "cpu", CUDA_VISIBLE_DEVICES: "0" }), []);
  // At set-up, or since the machine has no driver.
  assertEquals(
    await under({ HEM_TENSORFLOW: "auto", CUDA_VISIBLE_DEVICES: "0" }),
    chooseBuild("auto") === "cpu" ? [] : ["0"],
  );
});
