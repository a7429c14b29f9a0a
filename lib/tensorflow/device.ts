import { mayUseTf32, threadCount } from "../runtime/mod.ts";
import { isUsingGpu, tf } from "./load.ts";

/** What TensorFlow computes on, for people: "cpu (2 threads)", or the GPU's name, with "(TF32)" where it may use that. */
export function device(): string {
  if (isUsingGpu(tf)) return `${gpuName() ?? "GPU"}${mayUseTf32() ? " (TF32)" : ""}`;
  const threads = threadCount();
  return `cpu (${threads} ${threads === 1 ? "thread" : "threads"})`;
}

/** The version of the TensorFlow library that is loaded, e.g. "2.21.0". */
export function tensorflowVersion(): string {
  return (tf.backend() as unknown as { binding: { TF_Version: string } }).binding.TF_Version;
}

/** The GPU's name from the driver, which TensorFlow has already initialised. */
function gpuName(): string | undefined {
  try {
    const cuda = Deno.dlopen("libcuda.so.1", {
      cuDeviceGetCount: { parameters: ["buffer"], result: "i32" },
      cuDeviceGetName: { parameters: ["buffer", "i32", "i32"], result: "i32" },
    });
    const count = new Int32Array(1);
    if (cuda.symbols.cuDeviceGetCount(count) !== 0) return undefined;
    const name = new Uint8Array(256);
    // The addon takes the last of the GPUs that TensorFlow lists.
    if (cuda.symbols.cuDeviceGetName(name, name.length, (count[0] ?? 1) - 1) !== 0) {
      return undefined;
    }
    return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
  } catch {
    return undefined;
  }
}
