import util from "node:util";
import type * as TF from "@tensorflow/tfjs-node-gpu";
Deno.env.set("TF_CPP_MIN_LOG_LEVEL", "2");
// deno-lint-ignore no-explicit-any
const u = util as any;
u.isNullOrUndefined ??= (x: unknown) => x === null || x === undefined;
u.isArray ??= Array.isArray;
export const tf = await import("@tensorflow/tfjs-node-gpu") as typeof TF;
