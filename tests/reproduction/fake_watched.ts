// A watched process that does as its first argument says.
import { beWatched } from "../../lib/reproduction/mod.ts";

const [what, ...rest] = Deno.args;
const watched = beWatched(rest.at(-1)!);
if (what === "dies") {
  console.error("its last words");
  Deno.exit(3);
}
if (what === "fails") watched.end(false, "It cannot be done");
if (what === "works") {
  const progress = watched.startProgress("Work", 2);
  progress.update(1, "half");
  watched.log("a line");
  progress.update(2);
  watched.end(true, "All done");
}
if (what === "goes on") watched.startProgress("Work", 2).update(1);
if (what === "waits" || what === "goes on") {
  await new Promise((resolve) => watched.stop.addEventListener("abort", resolve));
  Deno.writeTextFileSync(rest[0]!, "stopped");
  watched.end(true, "Stopped");
}
