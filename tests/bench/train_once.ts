// Trains a network for some steps and prints the process's status: CASE STEPS. Used by peak_memory.ts.
import { networkCases } from "./network_cases.ts";

const [name, steps] = Deno.args;
const { step } = networkCases.find((row) => row.name === name)!.make();
for (let i = 0; i < Number(steps); i++) step();
console.log(await Deno.readTextFile("/proc/self/status"));
