import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Experiment, experiments, usualSections } from "../../lib/experiments/mod.ts";
import { conditionsAt, planOf, planReproduction } from "../../lib/reproduction/mod.ts";
import { stageDefinition } from "../../lib/stages/mod.ts";
import {
  conditionOf,
  parseStages,
  parseTrial,
  type Scale,
  scaleOfId,
  scales,
  trialId,
} from "../../lib/trials/mod.ts";

const idsOf = (section: string, scale: Scale) =>
  planOf(section, scale).map(({ trial }) => trialId(trial));

const conditionsOf = (section: string, scale: Scale) => [
  ...new Set(planOf(section, scale).map(({ trial }) => conditionOf(trial))),
];

Deno.test("every section has valid trials and stages at every scale, each trial once", () => {
  for (const { section } of Object.values(experiments)) {
    for (const scale of scales) {
      const planned = planOf(section, scale);
      for (const { trial, stages } of planned) {
        assertEquals(parseTrial(JSON.parse(JSON.stringify(trial))), trial);
        assertEquals(scaleOfId(trialId(trial)), scale);
        assertEquals(parseStages(stages), stages);
        for (const { name } of stages) stageDefinition(name);
      }
      // The assumptions ask for some trials in two of their conditions.
      const ids = planned.map(({ trial }) => trialId(trial));
      if (section !== "assumptions") assertEquals(new Set(ids).size, ids.length, section);
    }
  }
});

Deno.test("two different trainings of one name are refused, which figures would take for the same", () => {
  const bounds = experiments.bounds!;
  const [first] = bounds.conditions;
  const other = { ...first!, recipe: { ...first!.recipe, epochs: 99 } };
  assertThrows(
    () => conditionsAt({ ...bounds, conditions: [first!, other] }, "paper"),
    RangeError,
    "two different trainings named permuted_mnist/naive/ce: give the runs of one a variant",
  );
  // The same one twice is the same.
  conditionsAt({ ...bounds, conditions: [first!, first!] }, "paper");
});

Deno.test("sections share the trainings that are the same", () => {
  const shared = (a: string, b: string, scale: Scale) =>
    new Set(idsOf(a, scale)).intersection(new Set(idsOf(b, scale))).size;
  // CE, HEM, MM and LN of ResNet32, which stands in for B.3's network, are section 5.1's, in both trials.
  assertEquals(shared("5.1", "B.3", "short"), 4 * 2);
  // Table 3's MM and HEM are the usual values of B.1's sweeps.
  assertEquals(shared("B.1", "B.2", "paper"), 2 * 5);
  // The readings of MM, HEM and LN are values of those sweeps, too.
  assertEquals(shared("B.1", "assumptions", "preview"), 4 * 2);
  assertEquals(shared("5.1", "B.3", "paper"), 4 * 5);
  // LA, HEM and HEM+ on two long tails, and CE on one.
  assertEquals(shared("5.2", "assumptions", "preview"), 2 * 3 * 2 + 2);
  for (const scale of scales) {
    for (const other of scales) {
      const both = new Set(idsOf("5.1", scale)).intersection(new Set(idsOf("5.1", other)));
      assertEquals(both.size > 0, scale === other, `${scale} and ${other}`);
    }
  }
});

Deno.test("attacks after each epoch are of B.3's trainings, and run only where they are asked for", async () => {
  assertEquals(Object.keys(experiments).filter((one) => !usualSections.includes(one)), [
    "attacks_by_epoch",
    "combinations",
  ]);
  for (const scale of scales) {
    const own = planOf("attacks_by_epoch", scale);
    const b3 = planOf("B.3", scale);
    assertEquals(
      own.map(({ trial }) => trial),
      b3.map(({ trial }) => trial).filter(({ loss: { name }, variant }) =>
        variant === undefined && ["ce", "hem"].includes(name)
      ),
    );
    const attacked = (plan: typeof own) =>
      plan.flatMap(({ stages }) => stages).filter(({ settings }) =>
        Number(settings.attackImages ?? 0) > 0
      ).length;
    assertEquals([attacked(own), attacked(b3)], [own.length, 0]);
    assertEquals(attacked(planOf(usualSections, scale)), 0);
  }
  const { conditions } = await planReproduction(undefined, { scale: "smoke" });
  assert(conditions.length > 20);
  assert(conditions.every(({ section }) => section !== "attacks_by_epoch"));
});

Deno.test("a scale's changes of a stage leave a variant what it is about", () => {
  const [condition] = experiments["B.2"]!.conditions;
  const stage = (settings: Record<string, number>, variant?: string) => ({
    ...{ name: "attack", revision: 1, settings: { images: 10_000, targets: 9, ...settings } },
    ...(variant !== undefined && { variant }),
  });
  const experiment: Experiment = {
    ...experiments["B.2"]!,
    conditions: [{
      ...condition!,
      stages: [stage({}), stage({ targets: 3 }, "targets=3"), stage({ images: 7 }, "images=7")],
    }],
    scales: {
      ...experiments["B.2"]!.scales,
      short: () => ({ stages: { attack: { images: 500, targets: 1 } } }),
    },
  };
  const [{ planned }] = conditionsAt(experiment, "short") as [ReturnType<typeof conditionsAt>[0]];
  assertEquals(planned[0]!.stages.map(({ settings }) => settings), [
    { images: 500, targets: 1 },
    { images: 500, targets: 3 },
    { images: 7, targets: 1 },
  ]);
});

Deno.test("scale short is a tenth of the paper's epochs with its schedule stretched alike", () => {
  for (const section of ["5.1", "5.2", "B.1", "B.2", "B.3"]) {
    for (
      const { condition, planned, name, standsFor } of conditionsAt(experiments[section]!, "short")
    ) {
      for (const { trial, stages } of planned) {
        const { recipe } = condition;
        assertEquals(trial.recipe.epochs, recipe.epochs / 10);
        const schedule = trial.recipe.schedule;
        assert(schedule.name === "steps" && recipe.schedule.name === "steps");
        assertEquals(schedule.milestones, recipe.schedule.milestones.map((epoch) => epoch / 10));
        assertEquals(trial.dataset.testCount, 1000);
        const attack = stages.find((stage) => stage.name === "attack");
        if (attack) {
          const [paper] = condition.stages.filter((stage) => stage.name === "attack");
          assertEquals(attack.settings, { ...paper!.settings, images: 500 });
        }
        assert(trial.index < 2);
        if (trial.network.name !== condition.trial.network.name) {
          assertEquals([trial.network.name, standsFor !== undefined], ["resnet32", true], name);
        }
      }
    }
  }
});

Deno.test("section 5.2 has the seven losses on two long tails of each data set, as A.2 trains them", () => {
  const trials = planOf("5.2", "paper").map(({ trial }) => trial);
  assertEquals(trials.length, 4 * 7 * 5);
  assertEquals(
    new Set(
      trials.map(({ dataset, network }) =>
        `${dataset.name} ${dataset.longTail!.ratio} ${network.name}`
      ),
    ),
    new Set([
      "cifar10 100 resnet32",
      "cifar10 10 resnet32",
      "cifar100 100 resnet18",
      "cifar100 10 resnet18",
    ]),
  );
  for (const { recipe } of trials) {
    assertEquals([recipe.epochs, recipe.batchSize, recipe.augmentation], [200, 128, "crop_flip"]);
    assertEquals(recipe.schedule, { name: "steps", milestones: [160, 180], factor: 0.01 });
    assertEquals(recipe.optimizer, {
      name: "sgd",
      learningRate: 0.1,
      momentum: 0.9,
      weightDecay: 2e-4,
    });
  }
});

Deno.test("variants are named in conditions, and the usual value of a sweep has none", () => {
  const names = conditionsOf("B.1", "paper");
  assert(names.includes("cifar10/resnet18/hem@margin=0.5"));
  assert(
    names.includes("cifar10/resnet18/hem") && !names.includes("cifar10/resnet18/hem@margin=0.2"),
  );
  assert(names.includes("cifar10_50each/resnet18/hem@margin=0.2"));
  assert(!names.includes("cifar10_50each/resnet18/hem@margin=2"));
  assertEquals(conditionsOf("B.2", "paper").slice(0, 4), [
    "cifar10/resnet18/mm",
    "cifar10/resnet18/mm@errors=above_zero",
    "cifar10/resnet18/mm@errors=thresholded",
    "cifar10/resnet18/hem",
  ]);
  const half = planOf("B.3", "paper").find(({ trial }) => trial.variant === "rate=0.05")!.trial;
  assertEquals([half.recipe.optimizer.learningRate, half.loss], [0.05, { name: "hem" }]);
});

Deno.test("section 5.4 has three data sets x four backbones x seven losses, SBD at half of the rate (A.4.4)", () => {
  const planned = planOf("5.4", "paper");
  assertEquals(planned.length, 3 * 4 * 7 * 5);
  assertEquals(planOf("5.4", "smoke").length, 3 * 4 * 7);
  for (const { trial: { dataset, recipe } } of planned) {
    const isCamVid = dataset.name === "camvid";
    assertEquals([recipe.epochs, recipe.batchSize], isCamVid ? [100, 12] : [50, 4]);
    assertEquals(recipe.optimizer.learningRate, dataset.name === "sbd" ? 0.05 : 0.1);
    assertEquals([recipe.optimizer.momentum, recipe.schedule.name], [0.9, "constant"]);
  }
  assertEquals(conditionsOf("5.4", "short"), [
    ...["ce", "ln", "la", "dice", "mm", "hem", "hem_plus"].map((loss) => `camvid/resnet34/${loss}`),
    ...["ce", "dice", "hem", "hem_plus"].map((loss) => `camvid/efficientnet_b4/${loss}`),
  ]);
});

Deno.test("the value of a sweep that has no variant is the one that the loss takes: LN's temperature of Table 1, MM's margin", () => {
  const variants = planOf("B.1", "paper").map(({ trial }) => conditionOf(trial));
  const of = (loss: string) => variants.includes(`cifar10/resnet18/${loss}`);
  assertEquals(["ln@temperature=0.04", "mm@margin=1", "hem@margin=0.2"].map(of), [
    false,
    false,
    false,
  ]);
  assertEquals(["ln@temperature=0.08", "mm@margin=3", "hem@margin=0.5"].map(of), [
    true,
    true,
    true,
  ]);
  assertEquals(["ln", "mm", "hem"].map(of), [true, true, true]);
});

Deno.test("a stage that is measured otherwise is one more of the same training, but for what its variant names", () => {
  for (const scale of ["smoke", "preview"] as const) {
    const conditions = conditionsAt(experiments.assumptions!, scale)
      .filter(({ planned: [first] }) => first?.stages.some(({ variant }) => variant !== undefined));
    assertEquals(conditions.length, 4);
    const changes = conditions.flatMap(({ planned }) =>
      planned.flatMap(({ stages: [, usual, ...others] }) =>
        others.map((stage) => {
          const { variant, settings, ...rest } = stage;
          assertEquals({ ...rest, settings: usual!.settings }, usual);
          const changed = Object.entries(settings)
            .filter(([name, value]) => usual!.settings[name] !== value);
          assertEquals(changed.length, 1);
          return `${stage.name}@${variant}: ${changed[0]!.join(" ")}`;
        })
      )
    );
    assertEquals([...new Set(changes)], [
      "corrupt@severity=1: severity 1",
      "corrupt@severity=5: severity 5",
      "corrupt@rounding=truncate: rounding truncate",
      "unknown@logits=normalised: temperature 0.04",
      "unknown@omniglot=original: polarity original",
      "unknown@noise=bytes: values bytes",
      "unknown@permutation=shared: permutation shared",
      "unknown@phases=independent: phases independent",
      "attack@iterations=100: iterations 100",
      "attack@step=own: apgdtL2SharedStep false",
      "attack@iterate=first: earlyStop true",
      "attack@scored=fooled: fooledOnly true",
      "attack@quantile=linear: quantile linear",
    ]);
  }
});
