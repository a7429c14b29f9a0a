/** Section 5.3 as data: the sixteen conditions, their sources, and what the other readings change. */
import { assert, assertEquals, equal } from "@std/assert";
import { continualReadings, experimentOf } from "../../lib/experiments/mod.ts";
import { planOf } from "../../lib/reproduction/mod.ts";
import { conditionOf, type ContinualTrial } from "../../lib/trials/mod.ts";

const paper = planOf("5.3", "paper").map(({ trial }) => trial as ContinualTrial);
const isOnCifar = ({ dataset }: ContinualTrial) => dataset.name.startsWith("cifar");
const plain = paper.filter(({ variant }) => variant === undefined);

Deno.test("section 5.3 is sixteen conditions, five losses and five trials", () => {
  const conditions = new Set(plain.map((trial) => conditionOf(trial).split("/", 2).join("/")));
  assertEquals([...conditions], [
    ...["replay", "si", "ewc", "lfl"].map((strategy) => `permuted_mnist/${strategy}`),
    ...["mnist", "cifar10", "cifar100"].flatMap((data) =>
      ["replay", "si", "ewc", "lwf"].map((strategy) => `split_${data}/${strategy}`)
    ),
  ]);
  assertEquals(plain.length, 16 * 5 * 5);
});

Deno.test("the losses of a trial share seed and benchmark, and the trials differ", () => {
  for (const [, same] of Map.groupBy(plain, (t) => `${conditionOf(t).split("/", 2)}/${t.index}`)) {
    assertEquals(new Set(same.map(({ seed }) => seed)).size, 1);
    assertEquals(new Set(same.map(({ benchmark }) => JSON.stringify(benchmark))).size, 1);
  }
  for (const [, same] of Map.groupBy(plain, (t) => conditionOf(t))) {
    assertEquals(new Set(same.map(({ seed }) => seed)).size, 5);
  }
});

// Continual Learning Baselines 4900462; for CIFAR ten times the epochs (5.3).
const recipes: [condition: string, epochs: number, batch: number, optimizer: string][] = [
  ["permuted_mnist/ewc", 10, 256, "sgd 0.001"],
  ["permuted_mnist/si", 10, 256, "adam 0.001"],
  ["permuted_mnist/lfl", 3, 128, "sgd 0.01"],
  ["permuted_mnist/replay", 1, 10, "sgd 0.1"],
  ["split_mnist/si", 10, 64, "adam 0.001"],
  ["split_mnist/lwf", 21, 128, "sgd 0.001"],
  ["split_mnist/replay", 1, 10, "sgd 0.1"],
  ["split_mnist/ewc", 10, 256, "sgd 0.001"],
  ["split_cifar10/si", 100, 64, "adam 0.001"],
  ["split_cifar10/ewc", 100, 256, "sgd 0.001"],
  ["split_cifar100/lwf", 210, 128, "sgd 0.001"],
  ["split_cifar100/replay", 1, 10, "sgd 0.1"],
];
for (const [condition, epochs, batch, optimizer] of recipes) {
  Deno.test(`${condition} has the recipe of the Continual Learning Baselines`, () => {
    const trial = plain.find((one) => conditionOf(one) === `${condition}/hem`)!;
    const { name, learningRate, momentum = 0, weightDecay = 0 } = trial.recipe.optimizer;
    assertEquals([trial.recipe.epochs, trial.recipe.batchSize], [epochs, batch]);
    assertEquals(`${name} ${learningRate}`, optimizer);
    assertEquals([momentum, weightDecay], [0, 0]);
    assertEquals(trial.benchmark.experiences, 5);
  });
}

Deno.test("every condition has a source, and what the baselines lack is an assumption", () => {
  for (const { source, unconfirmed = [] } of experimentOf("5.3").conditions) {
    assert(source.startsWith("CLB "), source);
    assert(unconfirmed.length > 0);
  }
});

Deno.test("the order of an experience's images is open wherever EWC's batches or held-out images go by it", () => {
  for (const { trial, unconfirmed = [] } of experimentOf("5.3").conditions) {
    assert(trial.kind === "continual");
    const { strategy, benchmark } = trial;
    assertEquals(
      unconfirmed.some((setting) => setting.includes("class by class")),
      strategy.name === "ewc" || benchmark.options?.heldOut !== undefined,
      `${strategy.name} ${benchmark.name} ${trial.dataset.name}`,
    );
  }
});

Deno.test("online replay on CIFAR100 alone has its own normalisation and no augmentation", () => {
  const imagesOf = paper.filter(({ dataset, strategy }) =>
    dataset.name === "cifar100" && strategy.name === "replay"
  ).map(({ variant = "", recipe, benchmark }) =>
    JSON.stringify([variant, recipe.augmentation, benchmark.options])
  );
  const online = { heldOut: 0.05, normalisation: "cifar100_online" };
  assertEquals(
    new Set(imagesOf),
    new Set(
      [
        ["", "none", online],
        ["network=resnet18", "none", online],
        ["replay=offline", "crop_flip", { heldOut: 0.05 }],
      ].map((one) => JSON.stringify(one)),
    ),
  );
});

Deno.test("the full ResNet18 and offline replay are variants on CIFAR", () => {
  const variants = new Set(
    paper.filter(({ variant }) => variant).map(({ variant, benchmark, dataset }) =>
      `${benchmark.name} ${dataset.name} ${variant}`
    ),
  );
  assertEquals([...variants].sort(), [
    "split cifar10 network=resnet18",
    "split cifar10 replay=offline",
    "split cifar100 network=resnet18",
    "split cifar100 replay=offline",
  ]);
});

Deno.test("the other readings change SplitMNIST's benchmark, or replay's learning rate, and nothing else", () => {
  const variants = continualReadings.flatMap(({ runs = [] }) => runs.map(({ variant }) => variant));
  assertEquals(
    new Set(variants),
    new Set([
      undefined,
      "scenario=class_incremental",
      "head=avalanche",
      "margin_n=experience",
      "order=class",
      "rate=0.01",
    ]),
  );
  const trials = planOf("assumptions", "paper").map(({ trial }) => trial)
    .filter((trial) => trial.kind === "continual");
  for (const trial of trials.filter(({ variant }) => variant !== undefined)) {
    const base = plain.find((one) =>
      conditionOf(one) === conditionOf(trial).split("@")[0] && one.index === trial.index
    )!;
    const { variant, benchmark, recipe, ...rest } = trial;
    const { benchmark: own, recipe: ownRecipe, ...same } = base;
    assertEquals(rest, same);
    const isSlower = variant === "rate=0.01";
    assertEquals(equal(benchmark, own), isSlower);
    assertEquals(equal(recipe, ownRecipe), !isSlower);
  }
  assert(trials.length > 50);
});

Deno.test("the bounds are an experiment of their own, and so are the four combinations that the paper leaves out", () => {
  const namesOf = (section: string) =>
    [
      ...new Set(
        planOf(section, "paper").map(({ trial }) => conditionOf(trial).split("/", 2).join("/")),
      ),
    ].sort();
  assertEquals(namesOf("bounds"), [
    "permuted_mnist/joint",
    "permuted_mnist/naive",
    "split_mnist/joint",
    "split_mnist/naive",
  ]);
  assertEquals(namesOf("combinations"), [
    "permuted_mnist/lwf",
    "split_cifar10/lfl",
    "split_cifar100/lfl",
    "split_mnist/lfl",
  ]);
});

Deno.test("at scale short CIFAR has a tenth of the epochs and the test images that section 5.1 has there", () => {
  const short = planOf("5.3", "short").map(({ trial }) => trial as ContinualTrial);
  const [first] = planOf("5.1", "short").map(({ trial }) => trial.dataset.testCount);
  assertEquals(first, 1000);
  for (const { dataset, strategy, recipe } of short.filter(isOnCifar)) {
    assertEquals(dataset.testCount, first);
    const epochs = { replay: 1, si: 10, ewc: 10, lwf: 21 }[strategy.name];
    assertEquals(recipe.epochs, epochs, strategy.name);
  }
  assertEquals(short.filter(isOnCifar).length, 2 * 4 * 3);
  assert(short.filter((trial) => !isOnCifar(trial)).every(({ dataset }) => !dataset.testCount));
});
