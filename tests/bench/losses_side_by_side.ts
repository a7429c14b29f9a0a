/**
 * A quick comparison of the losses with PyTorch, for work on them: `deno run -A tests/bench/losses_side_by_side.ts
 * PYTHON [PATTERN]`. Both sides take turns on the same machine; the least time of each counts.
 */
import { lossCases } from "./loss_cases.ts";

const [python = "python3", pattern = ""] = Deno.args;
const folder = new URL(".", import.meta.url).pathname;
const script = `
import sys, time, torch
sys.path.insert(0, ${JSON.stringify(folder)})
import pytorch_losses
torch.set_num_threads(2)
made = dict(pytorch_losses.cases())
for line in sys.stdin:
    name, budget = line.split()
    if name == "done":
        break
    step, best, end = made[name](), 1e9, time.perf_counter() + float(budget)
    while True:
        start = time.perf_counter()
        step()
        now = time.perf_counter()
        best = min(best, now - start)
        if now > end:
            break
    print(best * 1e3, flush=True)
    del step
`;

const child = new Deno.Command(python, { args: ["-c", script], stdin: "piped", stdout: "piped" })
  .spawn();
const writer = child.stdin.getWriter();
const answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
let answered = "";

async function theirs(name: string, seconds: number): Promise<number> {
  await writer.write(new TextEncoder().encode(`${name} ${seconds}\n`));
  while (!answered.includes("\n")) answered += (await answers.read()).value;
  const [line, ...rest] = answered.split("\n");
  answered = rest.join("\n");
  return Number(line);
}

function ours(step: () => void, seconds: number): number {
  let best = Infinity;
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const start = performance.now();
    step();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

for (const { name, shape, make } of lossCases) {
  if (!name.includes(pattern)) continue;
  const seconds = shape.length === 4 ? 1.5 : 0.4;
  const { step, dispose } = make();
  let our = Infinity, their = Infinity;
  for (let round = 0; round < 3; round++) {
    our = Math.min(our, ours(step, seconds));
    their = Math.min(their, await theirs(name, seconds));
  }
  dispose();
  const figures = [our.toFixed(3), their.toFixed(3), (our / their).toFixed(2)];
  console.log(name.padEnd(32), figures.map((x) => x.padStart(10)).join(""));
}
await writer.write(new TextEncoder().encode("done 0\n"));
await child.status;
