import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import {
  claims,
  decideAll,
  type Decision,
  evidenceOf,
  resultsOf,
} from "../../lib/reporting/mod.ts";
import { printedDifference, sentence } from "../../lib/reporting/claims/mod.ts";
import { countAbove, difference, lead } from "../../lib/reporting/claims/statistics.ts";
import { above, between, judge, together } from "../../lib/reporting/claims/rule.ts";
import { measures } from "../../lib/reporting/mod.ts";
import { bestDecision, howToRun } from "../../lib/reporting/tables/claims.ts";
import { planOf } from "../../lib/reproduction/mod.ts";
import { conditionOf, type Scale, type StageRecord, type Trial } from "../../lib/trials/mod.ts";
import type { LossName } from "../../lib/losses/mod.ts";
import { memoryStore, recordsFor } from "./synthetic.ts";

/** What the trials of a made-up section 5.1 measured: a number for clean accuracy, and one for all else. */
type Values = (trial: { network: string; loss: LossName; index: number }) => {
  clean: number;
  other?: number;
};

const wiggle = [0.002, -0.001, 0.0005, -0.0015, 0.001];

function recordsOf(
  values: Values,
  repeats = 5,
  scale: Scale = "preview",
  isThere = ({ dataset }: Trial) => dataset.name === "mnist",
): StageRecord[] {
  const plan = planOf("5.1", scale, { repeats }).filter(({ trial }) => isThere(trial));
  const of = ({ network, loss, index }: Trial) =>
    values({ network: network.name, loss: loss.name, index });
  return recordsFor(plan, (trial, { name }) => {
    const { clean, other } = of(trial);
    if (name === "clean") return { rows: [{ dataset: "test", metric: "accuracy", value: clean }] };
    if (other === undefined) return undefined;
    const metrics = { corrupt: "accuracy", unknown: "auroc_msp", attack: "dar_msp" } as const;
    const metric = metrics[name as keyof typeof metrics];
    const sets = name === "attack" ? ["autoattack_linf", "autoattack_l2"] : ["a set"];
    return metric && { rows: sets.map((dataset) => ({ dataset, metric, value: other })) };
  });
}

function sourceOf(records: readonly StageRecord[], scale: Scale = "preview") {
  const store = memoryStore(records);
  return {
    evidence: evidenceOf(scale, (section) => resultsOf(section, scale, store)),
    computed: {},
  };
}

function decided(id: string, records: readonly StageRecord[], scale: Scale = "preview"): Decision {
  return decideAll(sourceOf(records, scale)).find(({ claim }) => claim.id === id)!;
}

Deno.test("there are 37 claims, each with a place, what it needs and numbers that decide it", () => {
  assertEquals(claims.length, 37);
  assertEquals(new Set(claims.map(({ id }) => id)).size, 37);
  for (const { place, statement, checks } of claims) {
    assert(place && statement && checks.length > 0);
  }
});

Deno.test("judge() is reproduced inside, contradicted outside, undecided across or without an interval", () => {
  const at = (low: number, high: number) => ({ value: 0, interval: [low, high] as const });
  const rule = between(0, 1);
  assertEquals(judge(at(0.001, 0.009), rule), "reproduced");
  assertEquals(judge(at(-0.001, 0.009), rule), "undecided");
  assertEquals(judge(at(-0.02, -0.001), rule), "contradicted");
  assertEquals(judge(at(0.01, 0.02), rule), "contradicted");
  assertEquals(judge({ value: 0.005, interval: null }, rule), "undecided");
  // An open end does not belong to the range, a closed one does.
  assertEquals(judge(at(0, 0), above()), "contradicted");
  assertEquals(
    judge(at(0, 0), { words: "exactly 0", low: 0, high: 0, closed: true }),
    "reproduced",
  );
});

Deno.test("together() lets one contradiction decide, and one gap leave it open", () => {
  assertEquals(together(["reproduced", "contradicted", "not yet run"]), "contradicted");
  assertEquals(together(["reproduced", "not yet run"]), "undecided");
  assertEquals(together(["reproduced", "reproduced"]), "reproduced");
  assertEquals(together(["not yet run", "not yet run"]), "not yet run");
});

Deno.test("difference() pairs trials by their seed, not by their order", () => {
  // HEM is two points above CE in each trial, and trial 0 is far from trial 4.
  const all = recordsOf(({ loss, index }) => ({
    clean: 0.5 + 0.05 * index + (loss === "hem" ? 0.02 : 0),
  }));
  // CE lacks its first trial, HEM its last.
  const some = all.filter(({ trial: { loss, index } }) =>
    !(loss.name === "ce" && index === 0) && !(loss.name === "hem" && index === 4)
  );
  const { estimate, trials, coverage } = difference(
    { section: "5.1" },
    ["hem", "ce"],
    measures.clean,
  )
    .find(sourceOf(some))!;
  assertAlmostEquals(estimate.value, 0.02, 1e-12);
  estimate.interval!.forEach((end) => assertAlmostEquals(end, 0.02, 1e-12));
  assertEquals([trials, coverage], [[3, 3, 3], { there: 3, of: 15 }]);
});

Deno.test("countAbove() counts what is beyond doubt and what is possible", () => {
  const estimates = [[0.1, 0.2], [-0.1, 0.3], [-0.3, -0.2]].map(([low, high]) => ({
    value: (low! + high!) / 2,
    interval: [low!, high!] as const,
  }));
  const { value, interval } = countAbove([...estimates, { value: 1, interval: null }]);
  assertEquals([value, interval], [3 / 4, [1 / 4, 3 / 4]]);
  // In what has not been run both are possible.
  assertEquals(countAbove(estimates, { of: 6 }), { value: 2 / 3, interval: [1 / 6, 5 / 6] });
  assertEquals(countAbove(estimates, { above: 0.12 }).value, 1 / 3);
});

Deno.test("lead() is to the best other loss, and says the order", () => {
  const drops: Partial<Record<LossName, number>> = { ce: 0.03, ln: 0.01, dice: 0.05, mm: 0.04 };
  const records = recordsOf(({ loss, index }) => ({
    clean: 0.9 - (drops[loss] ?? 0) + wiggle[index]!,
  }));
  const finding = lead({ section: "5.1" }, "hem", ["ce", "ln", "dice", "mm"], measures.clean)
    .find(sourceOf(records))!;
  assertAlmostEquals(finding.estimate.value, 0.01, 1e-12);
  assertEquals(finding.note, "HEM 90.02 > LN 89.02 > CE 87.02 > MM 86.02 > DICE 85.02 %");
});

Deno.test("a claim is reproduced, contradicted or undecided by its interval, and needs two trials", () => {
  // CE is half a point above HEM: small and consistent.
  const ceAbove: Values = ({ loss, index }) => ({
    clean: 0.95 - (loss === "hem" ? 0.005 : 0) + (loss === "hem" ? 1 : -1) * wiggle[index]! / 4,
  });
  const everywhere = (values: Values) => recordsOf(values, 5, "paper", () => true);
  assertEquals(decided("clean-ce-best", everywhere(ceAbove), "paper").verdict, "reproduced");
  // In more than half of the conditions, of which twelve were not run.
  const ofThree = decided("clean-ce-best", recordsOf(ceAbove));
  assertEquals(ofThree.parts.map(({ verdict }) => verdict), ["reproduced", "undecided"]);
  assertEquals(decided("clean-ce-best", recordsOf(ceAbove, 1)).verdict, "undecided");
  const [part] = decided("clean-ce-best", recordsOf(ceAbove, 1)).parts;
  assertStringIncludes(sentence(part!), "too few trials");
  const hemAbove: Values = (trial) => ({ clean: 2 * 0.945 - ceAbove(trial).clean });
  assertEquals(decided("clean-ce-best", recordsOf(hemAbove)).verdict, "contradicted");
  const noise: Values = ({ loss, index }) => ({
    clean: 0.9 + (loss === "hem" ? wiggle[index]! : wiggle[(index + 2) % 5]!),
  });
  assertEquals(decided("clean-ce-best", recordsOf(noise)).verdict, "undecided");
  assertEquals(decided("corrupt-ce-best", recordsOf(ceAbove)).verdict, "not yet run");
  // A smoke run is for tests of the code.
  assertEquals(
    decided("clean-ce-best", recordsOf(ceAbove, 5, "smoke"), "smoke").verdict,
    "undecided",
  );
});

Deno.test("a claim says in how many conditions it holds, and names the others", () => {
  // HEM is above CE on unknown classes with two of three networks.
  const twoOfThree: Values = ({ network, loss, index }) => ({
    clean: 0.9,
    other: 0.8 + wiggle[index]! + (loss === "hem" ? network === "mlp" ? -0.03 : 0.03 : 0),
  });
  const one = decided("auroc-14-of-15", recordsOf(twoOfThree));
  // One exception is allowed, and there is none among the twelve conditions that were not run, perhaps.
  assertEquals([one.verdict, one.coverage, one.trials], [
    "undecided",
    "3 of 15 conditions",
    "5",
  ]);
  const text = sentence(one.parts[0]!);
  assertStringIncludes(text, "2 of 3 [2, 14 of all 15], wanted in at least 14/15: undecided");
  assertStringIncludes(text, "\n\tnot so in 1 of 3: MLP on MNIST (−3.00 points)");
  const oneOfThree: Values = (trial) =>
    twoOfThree({ ...trial, network: trial.network === "lenet" ? "lenet" : "mlp" });
  assertEquals(decided("auroc-14-of-15", recordsOf(oneOfThree)).verdict, "contradicted");
  const all: Values = (trial) => twoOfThree({ ...trial, network: "lenet" });
  assertEquals(decided("auroc-14-of-15", recordsOf(all)).verdict, "undecided");
});

/** Final accuracies of continual learning: of those conditions whose name matches, with HEM's lead. */
function continualRecords(which: RegExp, lead: (condition: string) => number): StageRecord[] {
  const plan = planOf("5.3", "paper", { repeats: 5 }).filter(({ trial }) =>
    which.test(conditionOf(trial)) && trial.variant === undefined
  );
  return recordsFor(plan, (trial, { name }) => {
    if (name !== "continual") return undefined;
    const own = trial.loss.name === "hem" ? lead(conditionOf(trial)) : 0;
    const value = 0.5 + own + wiggle[trial.index]!;
    const dataset = trial.dataset.name;
    return { rows: [{ metric: "final_accuracy", value, dataset }] };
  });
}

Deno.test("a claim of 11 of 16 conditions is not contradicted by five, and by six that fail it is", () => {
  const decision = (which: RegExp, lead: (condition: string) => number) =>
    decided("cl-11-of-16", continualRecords(which, lead), "paper");
  const five = decision(/^split_mnist|^permuted_mnist\/replay/, () => -0.05);
  assertEquals([five.verdict, five.coverage], ["undecided", "5 of 16 conditions"]);
  const text = sentence(five.parts[0]!);
  assertStringIncludes(text, "0 of 5 [0, 11 of all 16], wanted in at least 11/16: undecided");
  // The difference itself, and not what it lacks to a point.
  assertStringIncludes(text, "Replay on SplitMNIST (class-incr., 1 head) (−5.00 points)");
  const six = decision(/^split_mnist|^permuted_mnist\/(replay|ewc)/, () => -0.05);
  assertEquals(six.verdict, "contradicted");
  // Half a point is not considerably better.
  assertEquals(decision(/_/, () => 0.005).verdict, "contradicted");
  assertEquals(decision(/_/, () => 0.02).verdict, "reproduced");
});

Deno.test("the best strategies are compared in tasks of which all are there", () => {
  const decision = (which: RegExp, lead: (condition: string) => number) =>
    decided("cl-best-3-of-4", continualRecords(which, lead), "paper");
  assertEquals(decision(/^split_mnist\/(replay|ewc)/, () => 0.1).verdict, "not yet run");
  const one = decision(/^split_mnist|^permuted_mnist\/replay/, () => -0.1);
  assertEquals([one.verdict, one.coverage], ["undecided", "4 of 16 conditions"]);
  assertStringIncludes(sentence(one.parts[0]!), "0 of 1 [0, 3 of all 4]");
  const two = decision(/^(split|permuted)_mnist/, () => -0.1);
  assertEquals(two.verdict, "contradicted");
  assertStringIncludes(
    sentence(two.parts[0]!),
    "not so in 2 of 2: PermutedMNIST (−10.00 points)",
  );
  // HEM's best strategy is enough, however bad its others are.
  const best = decision(/_/, (condition) => /\/replay\//.test(condition) ? 0.1 : -0.1);
  assertEquals(best.verdict, "reproduced");
  assertEquals(printedDifference(best.parts[0]!), "+1");
  // Of tasks, not of conditions: 2 of 4, where the paper has 3 of 4.
  const half = decision(/_/, (condition) => /^(split|permuted)_mnist/.test(condition) ? 0.1 : -0.1);
  assertEquals(printedDifference(half.parts[0]!), "−1");
});

Deno.test("the best backbones are compared on data sets of which all are there", () => {
  // HEM+ is three points ahead on CamVid's best backbone, and behind on the other three.
  const level = ({ loss: { name }, network: { options } }: Trial) =>
    name !== "hem_plus" ? 0.5 : options!.encoder === "densenet201" ? 0.53 : 0.4;
  const decision = (isThere: (trial: Trial) => boolean, levelOf = level) => {
    const plan = planOf("5.4", "paper", { repeats: 3 }).filter(({ trial }) =>
      trial.dataset.name === "camvid" && trial.variant === undefined && isThere(trial)
    );
    const records = recordsFor(plan, (trial, { name }) =>
      name !== "segmentation" ? undefined : {
        rows: [{ metric: "mean_iou", value: levelOf(trial) + wiggle[trial.index]! }],
      });
    return decided("seg-hemplus-best", records, "paper");
  };
  const verdicts = (one: Decision) => one.parts.map(({ verdict }) => verdict);
  assertEquals(verdicts(decision(() => true)), ["contradicted", "reproduced", "reproduced"]);
  // Ahead with every backbone, but least with the best.
  const least = ({ loss: { name }, network: { options } }: Trial) =>
    name === "hem_plus" ? 0.53 : options!.encoder === "densenet201" ? 0.5 : 0.4;
  assertEquals(
    verdicts(decision(() => true, least)),
    ["reproduced", "reproduced", "contradicted"],
  );
  const some = decision(({ network }) => network.options!.encoder !== "resnet34");
  assertEquals(verdicts(some), ["contradicted", "not yet run", "not yet run"]);
  assertEquals(some.coverage, "3 of 12 conditions, 1 of 3 numbers");
  // Scenes of digits have one backbone, which is not the best of any.
  const preview = planOf("5.4", "preview", { repeats: 3 }).filter(({ trial }) =>
    trial.dataset.name === "digit_scenes" && trial.variant === undefined
  );
  const alone = recordsFor(preview, (trial, { name }) =>
    name !== "segmentation" ? undefined : {
      rows: [{ metric: "mean_iou", value: 0.5 + wiggle[trial.index]! }],
    });
  assertEquals(verdicts(decided("seg-hemplus-best", alone, "preview")).slice(1), [
    "not yet run",
    "not yet run",
  ]);
});

Deno.test("a claim says that trainings of its own losses diverged, which are in none of its numbers", () => {
  const all = recordsOf(({ loss, index }) => ({
    clean: 0.9 + wiggle[index]! + (loss === "hem" ? 0.02 : 0),
  }));
  // As they are stored: the record of the training, and nothing after it.
  const isLost = ({ trial: { network, loss, index } }: StageRecord) =>
    `${network.name} ${loss.name}` === "mlp hem" && index < 2;
  const some = all.filter((record) => !isLost(record) || record.stage.name === "training")
    .map((record): StageRecord => {
      if (!isLost(record)) return record;
      const { weights: _, ...rest } = record;
      return { ...rest, outcome: { name: "diverged", step: 9, epoch: 0, loss: "NaN" } };
    });
  const one = decided("clean-ce-best", some);
  assertEquals(one.coverage, "3 of 15 conditions; 2 trainings diverged");
  assertEquals(one.trials, "3–5");
  // Of MM and CE none did.
  assertEquals(decided("mm-no-rejection", some).coverage, "3 of 15 conditions, 1 of 3 numbers");
});

Deno.test("a claim all of whose trainings diverged is undecided, and not to be run", () => {
  const recordsAt = (scale: Scale) =>
    recordsOf(({ index }) => ({ clean: 0.9 + wiggle[index]! }), 5, scale);
  const withLost = (isLost: (trial: Trial) => boolean, scale: Scale = "preview") =>
    recordsAt(scale).flatMap((record): StageRecord[] => {
      if (!isLost(record.trial)) return [record];
      if (record.stage.name !== "training") return [];
      const { weights: _, ...rest } = record;
      return [{ ...rest, outcome: { name: "diverged", step: 9, epoch: 0, loss: "NaN" } }];
    });
  const lost = withLost(({ loss }) => loss.name === "hem");
  const one = decided("clean-ce-best", lost);
  assertEquals([one.verdict, one.coverage], ["undecided", "nothing; 15 trainings diverged"]);
  assertStringIncludes(
    sentence(one.parts[0]!),
    "undecided, all trainings of HEM with LeNet on MNIST, HEM with ConvNet on MNIST and HEM with MLP on MNIST diverged",
  );
  // The paper's scale has twelve conditions more, which were never trained.
  const best = decided(
    "clean-ce-best",
    withLost(({ loss }) => loss.name === "hem", "paper"),
    "paper",
  );
  assertEquals(best.verdict, "not yet run");
  // A number of a lesser scale says more.
  const lesser = decided("clean-ce-best", recordsAt("preview"));
  assertEquals(bestDecision([one, lesser]), lesser);
  assertEquals(bestDecision([best, one]), one);
  // What was never trained can be.
  const without = lost.filter(({ trial }) => trial.loss.name !== "ce");
  assertEquals(decided("clean-ce-best", without).verdict, "not yet run");
  // Of MM none did.
  assertEquals(decided("mm-no-rejection", lost).parts[2]!.verdict, "not yet run");
});

/** What MM is left with in the last of two epochs, and its error then, in B.3 and in 5.1. */
function mmRecords(left: (classes: number) => number, error: number): StageRecord[] {
  const classes: Record<string, number> = { mnist: 10, cifar10: 10, cifar100: 100 };
  const plan = ["B.3", "5.1"].flatMap((section) => planOf(section, "paper", { repeats: 2 }))
    .filter(({ trial: { loss, variant, dataset } }) =>
      loss.name === "mm" && variant === undefined && dataset.name in classes
    );
  return recordsFor(plan, ({ dataset, index }, { name }) => {
    const noise = 1 + wiggle[index]!;
    const rows = name === "training"
      ? [1, left(classes[dataset.name]!) * noise].map((value, i) => ({
        ...{ metric: "loss", value, at: { epoch: i + 1 } },
      }))
      : [0.5, error * noise].map((value, i) => ({
        ...{ metric: "error", dataset: "train", value, at: { epoch: i + 1 } },
      }));
    return name === "training" || name === "curves" ? { rows } : undefined;
  });
}

Deno.test("MM stops early where its loss is small and images are misclassified still, whatever HEM does", () => {
  const verdict = (left: (classes: number) => number, error: number) =>
    decided("mm-stops-early", mmRecords(left, error), "paper");
  const early = verdict((classes) => 0.5 / classes, 0.02);
  assertEquals(early.verdict, "reproduced");
  assertEquals(early.parts.map(({ finding }) => finding?.coverage), [
    { there: 1, of: 1 },
    { there: 1, of: 1 },
    { there: 9, of: 15 },
  ]);
  assertEquals(verdict((classes) => 0.5 / classes, 0).parts[1]!.verdict, "undecided");
  assertEquals(verdict((classes) => classes / 2000, 0.02).verdict, "contradicted");
  assertEquals(verdict(() => 0.5, 0.02).verdict, "contradicted");
});

Deno.test("LN is compared with the nearer of HEM's and HEM+'s averages, as the paper does", () => {
  // Two points below HEM in one condition and two above it in the other: alike on average.
  const plan = planOf("5.2", "paper", { repeats: 5 }).filter(({ trial: { dataset } }) =>
    dataset.name === "cifar10"
  );
  const level = ({ loss, dataset: { longTail }, variant }: Trial) =>
    variant !== undefined || loss.name === "hem_plus"
      ? 0.5
      : loss.name === "ln" && longTail!.ratio === 100
      ? 0.68
      : loss.name === "ln"
      ? 0.72
      : 0.7;
  const records = recordsFor(plan, (trial, { name }) =>
    name === "clean"
      ? {
        rows: [{
          ...{ dataset: "test", metric: "accuracy" },
          value: level(trial) + wiggle[trial.index]! * (trial.loss.name === "ln" ? 1 : 0.5),
        }],
      }
      : undefined);
  const [part] = decided("lt-ln", records, "paper").parts;
  assertAlmostEquals(part!.finding!.estimate.value, 0, 1e-4);
  assertEquals(part!.finding!.conditions.map(({ estimate }) => estimate.value.toFixed(3)), [
    "-0.020",
    "0.020",
  ]);
  // HEM in one condition and HEM+ in the other: of neither is LN near on average.
  const either = records.map((record): StageRecord => {
    const { loss, dataset: { longTail } } = record.trial;
    const isFirst = longTail!.ratio === 100;
    const value = loss.name === "ln" || (loss.name === "hem") === isFirst ? 0.7 : 0.5;
    return {
      ...record,
      rows: record.rows.map((row) => ({ ...row, value: value + wiggle[record.trial.index]! })),
    };
  });
  const [apart] = decided("lt-ln", either, "paper").parts;
  assertAlmostEquals(apart!.finding!.estimate.value, 0.1, 1e-12);
});

Deno.test("a sweep says nothing before every value is tried: a part of it has other ends", () => {
  const plan = planOf("B.1", "paper", { repeats: 3 }).filter(({ trial: { loss, dataset } }) =>
    loss.name === "hem" && dataset.perClass === undefined
  );
  // It does degrade towards a margin of 0, and only there.
  const records = recordsFor(plan, ({ variant, index }, { name }) =>
    name === "clean"
      ? {
        rows: [{
          ...{ dataset: "test", metric: "accuracy" },
          value: (variant === "margin=0" ? 0.9 : 0.95) + wiggle[index]!,
        }],
      }
      : undefined);
  assertEquals(decided("margin-near-zero", records, "paper").verdict, "reproduced");
  const some = records.filter(({ trial: { variant } }) => /=(1|2|5)$/.test(variant ?? ""));
  assertEquals(decided("margin-near-zero", some, "paper").verdict, "not yet run");
  assertEquals(decided("margin-flat", some, "paper").verdict, "not yet run");
});

Deno.test("an exception in one condition is not averaged away: the claim of overconfidence", () => {
  // LN's confidences of LeNet and MLP are spread widely, ConvNet's less than CE's.
  const histogramOf = ({ network, loss }: Trial) => {
    const isNarrow = loss.name === "ce" || (loss.name === "ln" && network.name === "convnet");
    return isNarrow ? [0, 0, 0, 9] : [5, 0, 0, 5];
  };
  const records = recordsOf(({ index }) => ({ clean: 0.9 + wiggle[index]! })).map((
    record,
  ): StageRecord =>
    record.stage.name !== "clean" ? record : {
      ...record,
      rows: [...record.rows, {
        dataset: "test",
        metric: "msp_above_0.99",
        value: record.trial.loss.name === "ce" ? 0.9 : 0.1,
      }],
      histograms: [
        { dataset: "test", score: "msp", low: 0, high: 1, counts: histogramOf(record.trial) },
      ],
    }
  );
  const one = decided("overconfidence", records);
  assertEquals(one.parts.map(({ verdict }) => verdict), [
    "reproduced",
    "contradicted",
    "undecided",
    "undecided",
  ]);
  assertEquals(one.verdict, "contradicted");
  assertStringIncludes(
    sentence(one.parts[1]!),
    "2 of 3 [2, 14 of all 15], wanted in all: does not hold\n\tnot so in 1 of 3: ConvNet on MNIST",
  );
});

Deno.test("what has not been run names a command of a scale whose plan has what the claim is of", () => {
  const commandsAt = (scale: Scale) =>
    new Map(
      decideAll(sourceOf([], scale)).map((one) => {
        assertEquals(one.verdict, "not yet run");
        return [one.claim.id, howToRun(one)];
      }),
    );
  const at = (section: string, scale: Scale) =>
    `deno task reproduce --section ${section} --scale ${scale}`;
  const preview = commandsAt("preview"), short = commandsAt("short");
  assertEquals(preview.get("seg-hemplus-best"), at("5.4", "preview"));
  // The preview has scenes of digits in CamVid's place, and neither it nor scale short the larger sets.
  assertEquals(preview.get("seg-camvid"), at("5.4", "short"));
  for (const commands of [preview, short]) {
    assertEquals(commands.get("seg-large-sets"), at("5.4", "paper"));
  }
  assertEquals(short.get("mm-stops-early"), `${at("B.3", "short")}; ${at("5.1", "short")}`);
  assertEquals(
    preview.get("no-extra-cost"),
    'deno task bench --only "hem/*" --json figures/bench.json',
  );
});
