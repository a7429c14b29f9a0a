/** `deno task evaluate` as a process, on a network whose weights are a file. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";

import { buildNetwork } from "../../lib/models/mod.ts";
import { saveWeights } from "../../lib/training/mod.ts";
import type { OwnResult } from "../../lib/trials/mod.ts";
import { withFolder } from "../with_folder.ts";

const script = new URL("../../lib/cli/evaluate.ts", import.meta.url).pathname;

async function evaluate(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, ...args],
    cwd,
    stdin: "null",
    env: { INIT_CWD: cwd },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("evaluate measures a file of weights where the user stands, prints and stores a row", () =>
  withFolder(async (folder) => {
    const network = buildNetwork("mlp", { classes: 10, inputShape: [28, 28, 1], seed: 5 });
    await saveWeights(network, `${folder}/mine.safetensors`);
    network.dispose();
    const mlp = ["--network", "mlp", "--dataset", "mnist", "--data", `${folder}/data`];
    const { code, stdout, stderr } = await evaluate(
      folder,
      ...[...mlp, "--weights", "mine.safetensors", "--as", "ours", "--test-count", "300"],
      ...["--stages", "clean", "attack", "--attack-images", "8"],
    );
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "ours: mlp on MNIST, the first 300 test images");
    const stored: OwnResult = JSON.parse(
      await Deno.readTextFile(`${folder}/data/results/own/ours.json`),
    );
    assertEquals(stored.stages.map(({ stage }) => stage.name), ["clean", "attack"]);
    assertEquals(stored.stages[1]!.stage.settings.images, 8);
    const { value } = stored.stages[0]!.rows.find(({ metric }) => metric === "accuracy")!;
    // Not trained: about as good as chance.
    assert(value > 0.01 && value < 0.3, `${value}`);
    assertStringIncludes(stdout, `${(100 * value).toFixed(2)}`);
    // Nothing that is half done is left.
    assertEquals([...Deno.readDirSync(`${folder}/data/runs`)], []);

    // One stage after the other is one row; of other images it is another.
    // An interrupted attack goes on another time.
    const halfDone = `${folder}/data/runs/own-ours`;
    await Deno.mkdir(`${halfDone}/attack-01234567`, { recursive: true });
    const added = await evaluate(
      folder,
      ...[...mlp, "--weights", "mine.safetensors", "--as", "ours", "--test-count", "300"],
      ...["--stages", "clean"],
    );
    assertEquals(added.code, 0, added.stderr);
    assertStringIncludes(added.stdout, "Kept of the earlier result named ours: attack.");
    const both: OwnResult = JSON.parse(
      await Deno.readTextFile(`${folder}/data/results/own/ours.json`),
    );
    assertEquals(both.stages.map(({ stage }) => stage.name), ["attack", "clean"]);
    assertEquals(both.stages[0], stored.stages[1]);
    assertEquals(Array.from(Deno.readDirSync(halfDone), ({ name }) => name), ["attack-01234567"]);
    const again = await evaluate(
      folder,
      ...[...mlp, "--weights", "mine.safetensors", "--as", "ours", "--test-count", "10"],
      ...["--stages", "clean", "clean"],
    );
    assertStringIncludes(again.stdout, "An earlier result named ours is replaced.");
    assertEquals(again.stdout.split("clean accuracy").length, 2);
    await Deno.rename(`${folder}/mine.safetensors`, `${folder}/my epoch=3.safetensors`);
    const named = await evaluate(
      folder,
      ...[...mlp, "--weights", "my epoch=3.safetensors", "--test-count", "10", "--stages", "clean"],
    );
    assertStringIncludes(named.stdout, "my-epoch-3: mlp on MNIST");
    await Deno.rename(`${folder}/my epoch=3.safetensors`, `${folder}/mine.safetensors`);
    await Deno.writeTextFile(`${folder}/text.safetensors`, "no weights at all");

    for (
      const [args, message] of [
        [["--weights", "text.safetensors"], "Wanted weights of --network mlp for mnist"],
        [["--weights", "none.safetensors"], "there is no file"],
        [["--weights", "mine.safetensors", "--mean", "0.1"], "--mean and --std go together"],
        [["--weights", "mine.safetensors", "--mean", "0.1,", "--std", "1,1"], "--mean"],
        // Before anything is measured that could not be stored.
        [["--weights", "mine.safetensors", "--data", "/proc/none"], "Cannot write to /proc/none"],
        [
          ["--weights", "mine.safetensors", "--stages", "training"],
          '--stages: there is no "training"',
        ],
        [["--weights", "mine.safetensors", "--as", "../up"], "--as"],
        [
          ["--weights", "mine.safetensors", "--dataset", "cifar"],
          '--dataset: there is no "cifar"; there are mnist, ',
        ],
      ] as const
    ) {
      const refused = await evaluate(folder, ...mlp, ...args);
      assertEquals(refused.code, 2, refused.stderr);
      assertStringIncludes(refused.stderr, message);
    }
  }));
