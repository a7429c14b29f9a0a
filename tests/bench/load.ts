/** What else a machine computes while something is measured. */

// Of Linux's clock, in which it counts the time of processors and processes (sysconf(_SC_CLK_TCK)).
const TICKS_PER_SECOND = 100;

/**
 * Begins to watch; what it returns tells how many processors everything but these processes has kept busy since, or
 * undefined where the system does not tell.
 */
export function watchOthers(processes: readonly number[]): () => number | undefined {
  const [startedAt, before] = [performance.now(), ticksOfOthers(processes)];
  return () => {
    const after = ticksOfOthers(processes);
    if (before === undefined || after === undefined) return undefined;
    const seconds = (performance.now() - startedAt) / 1000;
    return Math.max(0, (after - before) / TICKS_PER_SECOND / seconds);
  };
}

function ticksOfOthers(processes: readonly number[]): number | undefined {
  try {
    // "cpu  user nice system idle iowait irq softirq steal ..."
    const all = Deno.readTextFileSync("/proc/stat").split("\n")[0]!.split(/\s+/).slice(1).map(
      Number,
    );
    const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = all;
    return processes.reduce(
      (rest, pid) => rest - ticksOf(pid),
      user + nice + system + irq + softIrq + steal,
    );
  } catch {
    return undefined;
  }
}

function ticksOf(pid: number): number {
  // "pid (name) state ...": user and system time are the 14th and 15th field.
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/.*\) /s, "").split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
