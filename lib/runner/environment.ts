import { tf } from "../tensorflow/mod.ts";
import type { Environment } from "../trials/mod.ts";

/** What tfjs-node-gpu's backend knows of itself, beyond its public type. */
interface NodeBackend {
  isUsingGpuDevice: boolean;
  binding: { TF_Version: string };
}

/** On what this process computes, for the record of a result. */
export function environment(): Environment {
  const { isUsingGpuDevice, binding } = tf.backend() as unknown as NodeBackend;
  return {
    deno: Deno.version.deno,
    tensorflow: binding.TF_Version,
    device: isUsingGpuDevice ? "GPU" : "CPU",
    threads: threadsOfProcess(),
    platform: `${Deno.build.os}-${Deno.build.arch}`,
  };
}

/** Threads that TensorFlow was started with: HEM_THREADS, else all cores. */
export function threadsOfProcess(): number {
  return Number(Deno.env.get("HEM_THREADS") || navigator.hardwareConcurrency);
}
