import { chooseBuild, readOptions } from "../runtime/mod.ts";

/**
 * The GPUs that processes may be spread over: those of CUDA_VISIBLE_DEVICES where it is set, else
 * what `nvidia-smi` lists; none where TensorFlow's build is the one for the CPU.
 */
export async function visibleGpus(
  environment: { get(name: string): string | undefined } = Deno.env,
): Promise<string[]> {
  const { build } = readOptions((name) => environment.get(name));
  if (chooseBuild(build) === "cpu") return [];
  const chosen = environment.get("CUDA_VISIBLE_DEVICES");
  if (chosen !== undefined) {
    // NVIDIA's convention: what names no device ends the list, such as -1 and NoDevFiles.
    const all = chosen.split(",").map((part) => part.trim());
    const end = all.findIndex((part) => !/^(\d+$|GPU-|MIG-)/.test(part));
    return end < 0 ? all : all.slice(0, end);
  }
  try {
    const { success, stdout } = await new Deno.Command("nvidia-smi", {
      args: ["--query-gpu=index", "--format=csv,noheader"],
      stderr: "null",
    }).output();
    return success ? ids(new TextDecoder().decode(stdout).split("\n")) : [];
  } catch {
    // No such program: no driver.
    return [];
  }
}

/** Bytes of memory of the smallest GPU, from `nvidia-smi`; undefined where it tells nothing. */
export async function gpuMemory(): Promise<number | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("nvidia-smi", {
      args: ["--query-gpu=memory.total", "--format=csv,noheader,nounits"],
      stderr: "null",
    }).output();
    const sizes = ids(new TextDecoder().decode(stdout).split("\n")).map(Number);
    if (!success || sizes.length === 0 || sizes.some(Number.isNaN)) return undefined;
    // In MiB.
    return Math.min(...sizes) * 2 ** 20;
  } catch {
    return undefined;
  }
}

function ids(parts: readonly string[]): string[] {
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}
