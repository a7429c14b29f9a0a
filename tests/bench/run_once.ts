// Does the steps of a case and prints the process's status: CASE. Used by peak_memory.ts.
import { lossCases } from "./loss_cases.ts";
import { networkCases } from "./network_cases.ts";

// Enough for every buffer to have been needed; of long steps a few are.
const [LEAST, MOST, SECONDS] = [4, 200, 5];

const [name] = Deno.args;
const { step } = [...networkCases, ...lossCases].find((row) => row.name === name)!.make();
const end = performance.now() + 1000 * SECONDS;
const parent = Deno.ppid;
for (let i = 0; i < LEAST || i < MOST && performance.now() < end; i++) {
  step();
  // Nobody waits for it any more.
  if (Deno.ppid !== parent) Deno.exit(1);
}
console.log(await Deno.readTextFile("/proc/self/status"));
