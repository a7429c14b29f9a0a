import { threadCount } from "../runtime/mod.ts";
import { device, tensorflowVersion } from "../tensorflow/mod.ts";
import type { Environment } from "../trials/mod.ts";

/** On what this process computes, for the record of a result. */
export function environment(): Environment {
  return {
    deno: Deno.version.deno,
    tensorflow: tensorflowVersion(),
    device: device(),
    threads: threadCount(),
    platform: `${Deno.build.os}-${Deno.build.arch}`,
  };
}
