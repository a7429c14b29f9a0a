import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { projectFolder, readSettings, withResults } from "../../lib/reporting/mod.ts";
import { readmeAboveGoal } from "../../lib/reporting/readme/above_goal.ts";
import { readmeResults } from "../../lib/reporting/readme/results.ts";
import { readmeSpeed } from "../../lib/reporting/readme/speed.ts";
import { readmeStored } from "../../lib/reporting/readme/stored.ts";
import { withFolder } from "../with_folder.ts";

const readme = await Deno.readTextFile(`${projectFolder}README.md`);
const settings = readSettings({ get: () => undefined });

Deno.test("README says what the stored figures, records and times say: `deno task figures` writes it", () => {
  assertEquals(withResults(readme, settings), readme);
});

Deno.test("README's marked places are made anew, and each has to be there", () => {
  const stale = readme.replaceAll(/(: deno task figures -->)[^]*?(<!-- \/)/g, "$1stale$2");
  assertEquals(stale.split("stale").length - 1, 6);
  assertEquals(withResults(stale, settings), readme);
  assertThrows(
    () => withResults(readme.replace("<!-- /speed -->", ""), settings),
    RangeError,
    'no "<!-- speed: deno task figures -->" with "<!-- /speed -->" after it',
  );
});

Deno.test("README's results are counted and named from the table of claims", () =>
  withFolder(async (figures) => {
    await Deno.writeTextFile(
      `${figures}/claims.csv`,
      [
        "place,claim,verdict,numbers,coverage,trials,scale",
        "5.1.2,HEM rejects best,reproduced,,3 of 15 conditions,5,Paper scale",
        "2,CE is not monotone,contradicted,,computed,–,–",
        "5.4,HEM+ is best,not yet run,,nothing,–,–",
      ].join("\n"),
    );
    const text = readmeResults(figures);
    assertStringIncludes(
      text,
      "Of the paper's 3 claims, 1 are reproduced, 1 contradicted, 0 undecided",
    );
    assertStringIncludes(
      text,
      "- reproduced (5.1.2, Paper scale, 3 of 15 conditions): HEM rejects best",
    );
    assertStringIncludes(text, "1 at the paper scale and 1 without trials");
  }));

Deno.test("README's speed is of the benchmark's rows that nothing disturbed", () => {
  const row = (name: string, ratio: number, rest = {}) => ({ name, ratio, ...rest });
  const text = readmeSpeed([
    row("train/mlp", 2),
    row("train/lenet", 0.5),
    row("train/convnet", 1),
    row("train/resnet32", 9, { disturbed: "by something" }),
    row("train/fpn_resnet34", 0.75),
    row("infer/lenet", 0.25, { oursMs: 3, pytorchMs: 12, compiledMs: 4 }),
    row("loss/hem/128x10", 0.125),
    row("loss/ce/4x512x1024x19", 0.5),
    row("memory/train/lenet", 0.625),
    row("continual/replay_split_mnist", 3),
    row("gradient/lenet", 0.4),
    row("autoattack/lenet_linf", 4, { attacks: [] }),
    row("autoattack/resnet18_robust", 1.25, {
      attacks: [{ attack: "square", ours: 6, torchattacks: 5 }],
    }),
    row("hem/mlp", 1.021, { hemMs: 1.021, ceMs: 1 }),
    row("hem/lenet", 0.99, { hemMs: 0.99, ceMs: 1 }),
  ]);
  for (
    const said of [
      "a training step LeNet 0.50, ConvNet 1.00, MLP 2.00 (geometric mean 1.00)",
      "segmentation's FPN on ResNet34 0.75",
      "inference LeNet 0.25",
      "with torch.compile: inference LeNet 0.75.",
      "a loss with its gradient HEM, 10 classes 0.13",
      "the same on the pixels of a segmentation batch CE 0.50",
      "one of PyTorch's: LeNet 0.63.",
      "more is faster: replay on split mnist 3.00.",
      "the gradient by the pixels LeNet 0.40",
      "more is faster: LeNet L∞ 4.00, ResNet18 not fooled 1.25 (Square",
      "here: ResNet18 not fooled 1.20).",
      "by −1.0 % (LeNet) to +2.1 % (MLP).",
      "Disturbed, and not counted: `train/` resnet32.",
    ]
  ) assertStringIncludes(text, said);
  assert(!text.includes("9.00"));
  const none = readmeSpeed([]);
  assertStringIncludes(none, "Not measured: `train/` all networks; `infer/` all networks; `hem/`");
});

Deno.test("README's table of what is stored is counted from the records", () =>
  withFolder((data) => {
    const none = readmeStored({ ...settings, data });
    assertStringIncludes(
      none,
      "| `deno task reproduce --section 5.1 --scale paper --trials 2` | none yet |",
    );
    const stored = readmeStored(settings);
    assertStringIncludes(stored, "paper: MNIST (3 of 15 conditions, ");
  }));

Deno.test("README's rows above their goals are told with where the time of both sides goes", () => {
  const row = (name: string, ratio: number, rest = {}) => ({ name, ratio, ...rest });
  const rows = [
    row("train/resnet32", 1.25),
    row("train/resnet18", 0.9),
    row("train/mlp", 0.61),
    row("train/fpn_resnet34", 1.01),
    row("infer/mlp", 7, { disturbed: "by something" }),
    row("hem/lenet", 1.04),
    row("autoattack/lenet_linf", 1.6),
    row("autoattack/resnet18_robust", 1.2),
  ];
  const op = (op: string, milliseconds: number) => ({ op, milliseconds });
  const profile = {
    name: "train/resnet32",
    sides: [
      {
        side: "ours",
        inOps: 150,
        ops: [op("Conv2DBackpropFilter", 60), op("Conv2D", 20), op("ReluGrad", 30)],
      },
      {
        side: "PyTorch",
        inOps: 90,
        ops: [op("aten::convolution_backward", 75), op("aten::threshold_backward", 5)],
      },
    ],
  };
  const attacked = { name: "gradient/resnet18", sides: [{ ...profile.sides[0]!, inOps: 110 }] };
  const lines = readmeAboveGoal(rows, [profile, attacked]).split("\n").slice(2);
  assertEquals(lines, [
    "| ResNet32, training | 1.25 (1.00) | ours | 80 | 0.0 | 0.0 | 0.0 | 30 | 40 |",
    "|  |  | PyTorch | 75 | 0.0 | 0.0 | 0.0 | 5.0 | 10 |",
    "| MLP, training | 0.61 (0.60) | not profiled |  |  |  |  |  |  |",
    "| FPN on ResNet34, training | 1.01 (1.00) | not profiled |  |  |  |  |  |  |",
    "| ResNet18 not fooled, AutoAttack | 1.20 (1.50) | ours | 80 | 0.0 | 0.0 | 0.0 | 30 | 0.0 |",
  ]);
  assertEquals(
    readmeAboveGoal([row("train/resnet18", 1)], []),
    "Every row of these is at its goal.",
  );
  // Nothing is at a goal that was not measured.
  assertEquals(readmeAboveGoal([], []), "Not measured.");
  assertEquals(
    readmeAboveGoal([{ ...row("train/resnet18", 1), disturbed: "other work" }], []),
    "Not measured.",
  );
  // HEM's growth is the mean over the rounds, as in the table of it.
  const hem = row("hem/resnet18", 1.08, { rounds: [1.02, 1.03, 1.08] });
  assertEquals(readmeAboveGoal([hem], []), "Every row of these is at its goal.");
});
