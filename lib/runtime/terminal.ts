import process from "node:process";

/**
 * From now on it is no error to write to a terminal that has been closed: what runs there is asked to end, and is not to fail
 * over a message on the way.
 */
export function outliveTerminal(): void {
  const streams = [
    [Deno.stdout, process.stdout, ["log", "info", "debug"]],
    [Deno.stderr, process.stderr, ["error", "warn"]],
  ] as const;
  for (const [stream, writer, names] of streams) {
    if (!stream.isTerminal()) continue;
    writer.on("error", () => {});
    for (const name of names) {
      const write = console[name].bind(console);
      console[name] = (...values: unknown[]) => {
        try {
          write(...values);
        } catch {
          // Nobody reads it any more.
        }
      };
    }
  }
}
