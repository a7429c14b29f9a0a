/** `deno task train` as a process. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import sharp from "sharp";
import { recipeOf } from "../../lib/cli/train.ts";
import { decodeSafetensors } from "../../lib/formats/mod.ts";
import { experimentOf } from "../../lib/experiments/mod.ts";
import { withFolder } from "../with_folder.ts";

const script = new URL("../../lib/cli/train.ts", import.meta.url).pathname;

async function train(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, ...args],
    cwd,
    stdin: "null",
    env: { INIT_CWD: cwd },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("train learns a folder of images, and its weights have PyTorch's names", () =>
  withFolder(async (folder) => {
    // Dark and bright images of other sizes, which any network tells apart.
    const sizes = [[40, 50], [64, 33], [35, 35]] as const;
    for (const half of ["train", "test"]) {
      for (const [name, level] of [["bright", 230], ["dark", 20]] as const) {
        await Deno.mkdir(`${folder}/pictures/${half}/${name}`, { recursive: true });
        for (let i = 0; i < 16; i++) {
          const [width, height] = sizes[i % sizes.length]!;
          await sharp({
            create: { width, height, channels: 3, background: { r: level, g: level - i, b: i } },
          })
            .png().toFile(`${folder}/pictures/${half}/${name}/${i}.png`);
        }
      }
    }
    const flags = ["--network", "mobilenet_v3_small", "--images", "pictures", "--size", "32"];
    const { code, stdout, stderr } = await train(
      folder,
      ...[
        ...flags,
        "--loss",
        "hem",
        "--epochs",
        "4",
        "--batch-size",
        "8",
        "--out",
        "mine.safetensors",
      ],
    );
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /: 32 images to train with and 32 to test, of 2 classes\.\n/);
    assertMatch(stdout, /^\d+\.\d\d % of 32 test images are right\./m);
    const { tensors, metadata } = decodeSafetensors(
      Deno.readFileSync(`${folder}/mine.safetensors`),
    );
    assert(tensors.has("features.0.0.weight"), [...tensors.keys()].slice(0, 3).join());
    assertEquals(metadata, { network: "mobilenet_v3_small", loss: "hem" });
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(names, ["mine.safetensors", "pictures"]);
    // Hours may be in weights that are there.
    const twice = await train(folder, ...flags, "--out", "mine.safetensors");
    assertEquals(twice.code, 2);
    assertStringIncludes(twice.stderr, "mine.safetensors is there already");
    {
      using lock = await Deno.open(`${folder}/held.safetensors.lock`, {
        create: true,
        write: true,
      });
      await lock.lock(true);
      const second = await train(folder, ...flags, "--out", "held.safetensors");
      assertEquals(second.code, 2);
      assertStringIncludes(second.stderr, "another process trains into ");
      assertStringIncludes(second.stderr, "held.safetensors.lock");
    }
    const wild = ["--learning-rate", "1e30", "--epochs", "3", "--batch-size", "8"];
    const diverged = await train(folder, ...flags, ...wild, "--out", "wild.safetensors");
    assertEquals(diverged.code, 1);
    assertStringIncludes(diverged.stderr, "Try a smaller --learning-rate");
    // One step that leaves finite weights, and layers whose products are not.
    const steep = ["--network", "lenet", "--learning-rate", "1e25", "--epochs", "1"];
    const once = await train(folder, ...flags, ...steep, "--out", "steep.safetensors");
    assertEquals(once.code, 1);
    assertStringIncludes(once.stderr, "its outputs are no longer finite");
    assertStringIncludes(once.stderr, "Try a smaller --learning-rate");
    // Before the data is looked for.
    const unknown = await train(folder, "--network", "nope", "--dataset", "imagenet");
    assertEquals(unknown.code, 2);
    assertStringIncludes(unknown.stderr, 'There is no network "nope"');
    await Deno.remove(`${folder}/pictures/test/dark`, { recursive: true });
    const refused = await train(folder, ...flags);
    assertEquals(refused.code, 2);
    assertStringIncludes(refused.stderr, "test has bright");
    assertEquals((await train(folder, "--network", "mlp")).code, 2);
    // Scenes are no labelled images, and are not among the names.
    const scenes = await train(folder, "--network", "mlp", "--dataset", "camvid");
    assertEquals(scenes.code, 2);
    assertMatch(scenes.stderr, /there is no "camvid"; there are mnist, .*imagenet\n/);
    for (const [flag, value] of [["--learning-rate", "x"], ["--seed", ""], ["--seed", "-1"]]) {
      const wrong = await train(folder, ...flags, `${flag}=${value}`);
      assertEquals(wrong.code, 2);
      assertStringIncludes(wrong.stderr, `'${flag} <`);
    }
    // Before it trains.
    const unwritable = await train(folder, ...flags, "--out", "pictures");
    assertEquals(unwritable.code, 2);
    assertStringIncludes(unwritable.stderr, "--out: ");
  }));

Deno.test("recipeOf() is the paper's recipe, stretched where there are fewer epochs", () => {
  const wrn = { dataset: "cifar10", network: "wrn22_10" };
  const { recipe } = experimentOf("5.1").conditions.find(({ trial }) =>
    trial.network.name === wrn.network
  )!;
  assertEquals(recipeOf(wrn), recipe);
  const short = recipeOf({ ...wrn, epochs: 11, learningRate: 0.05 });
  assertEquals(short.schedule, { name: "steps", milestones: [10, 10.5], factor: 0.1 });
  assertEquals(short.optimizer, { ...recipe.optimizer, learningRate: 0.05 });
  // What the paper has no recipe for: digits as MNIST, all else as CIFAR.
  for (const network of ["lenet", "resnet32"]) {
    const digits = recipeOf({ dataset: "mnist", network });
    assertEquals(digits.augmentation, "none");
    assertEquals(recipeOf({ dataset: "kmnist", network }), digits);
    assertEquals(recipeOf({ dataset: "fashion_mnist", network }), digits);
  }
  assertEquals(
    recipeOf({ images: "pictures", network: "lenet" }),
    recipeOf({ ...wrn, network: "resnet32" }),
  );
});
