import { join } from "node:path";
import type { Store } from "./store.ts";

/** Where a trial's final weights lie (PyTorch names and layout). */
export function weightsFile(store: Store, id: string): string {
  return join(store.runFolder(id), "weights.safetensors");
}
