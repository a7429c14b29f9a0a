/**
 * A thread that ends the program when the `deno task` that runs it has gone: in a thread of its own, since a program that
 * computes may not come to its timers for long. The worker's name is the task's process.
 */
/// <reference lib="deno.worker" />

const MS_BETWEEN_LOOKS = 500;

const looking = setInterval(() => {
  if (Deno.ppid === Number(self.name)) return;
  clearInterval(looking);
  Deno.kill(Deno.pid, "SIGTERM");
}, MS_BETWEEN_LOOKS);
