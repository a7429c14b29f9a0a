import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  catalogue,
  claims,
  closing,
  draw,
  drawings,
  entryOf,
  evidenceOf,
  resultsOf,
  scaleShown,
} from "../../lib/reporting/mod.ts";
import { openStore, type Scale, type StageRecord, type Trial } from "../../lib/trials/mod.ts";
import { decide } from "../../lib/reporting/claims/mod.ts";
import { planOf } from "../../lib/reproduction/mod.ts";
import { withFolder } from "../with_folder.ts";
import { recordsFor, syntheticRecords } from "./synthetic.ts";

// A section can have results of one part at one scale, and of another at a lesser one.

/** Sweeps of B.1: at preview all, at short of few images alone, or what else is asked for. */
function sweepRecords(
  isShort = ({ dataset }: Trial) => dataset.perClass !== undefined,
): StageRecord[] {
  const plan = [
    ...planOf("B.1", "preview", { repeats: 2 }),
    ...planOf("B.1", "short", { repeats: 2 }).filter(({ trial }) => isShort(trial)),
  ];
  return recordsFor(plan, ({ scale, loss, index, dataset: { perClass } }, { name }) => {
    const margin = Number(loss.options?.margin ?? 1);
    const value = (scale === "short" ? 0.5 : 0.9) + 0.001 * index -
      (perClass === undefined ? 0.01 : 0.02) * Math.abs(Math.log10(margin + 0.01));
    if (name === "clean") return { rows: [{ dataset: "test", metric: "accuracy", value }] };
    if (name !== "unknown") return undefined;
    return {
      rows: ["auroc_msp", "auroc_mls"].map((metric) => ({ dataset: "blobs", metric, value })),
    };
  });
}

/** Section 5.1 at preview, and of the paper's scale clean accuracy of CE alone. */
function unevenRecords(): StageRecord[] {
  return syntheticRecords().filter(({ trial, stage }) =>
    trial.scale === "preview" ||
    trial.loss.name === "ce" && ["training", "clean"].includes(stage.name)
  );
}

async function withRecords(
  records: readonly StageRecord[],
  body: (settings: { data: string; figures: string }) => Promise<void>,
) {
  await withFolder(async (data) => {
    const store = openStore({ data });
    for (const record of records) store.write(record);
    await body({ data, figures: data });
  });
}

const scalesOf = async (name: string, settings: { data: string; figures: string }) =>
  (await drawings(entryOf(name), settings)).map(({ scale }) => scale);

Deno.test("draw() takes the best scale that has results of the figure itself, not of its section", () =>
  withRecords(sweepRecords(), async (settings) => {
    assertEquals((await draw("figure_09", { settings })).scale, "preview");
    assertEquals(await scalesOf("figure_09", settings), ["preview"]);
    const asked = await draw("figure_09", { settings, scale: "short" });
    assertEquals([asked.scale, asked.coverage?.there], ["short", 0]);
    const chosen = await draw("figure_09", { settings: { ...settings, scale: "short" } });
    assertEquals(chosen.scale, "short");
  }));

Deno.test("draw() takes a sweep whole where a scale has the whole of it, and each scale's part is drawn", () =>
  withRecords(sweepRecords(), async (settings) => {
    const { scale, coverage } = await draw("figure_10", { settings });
    assertEquals([scale, coverage?.there], ["preview", coverage?.of]);
    const [, short] = await drawings(entryOf("figure_10"), settings);
    assert(short!.coverage!.there > 0 && short!.coverage!.there < short!.coverage!.of);
    assertEquals(short!.scale, "short");
    assertEquals(await scaleShown("figure_10", settings), "preview");
  }));

Deno.test("draw() takes a part of a sweep where no scale has more", () =>
  withRecords(sweepRecords().filter(({ trial }) => trial.scale === "short"), async (settings) => {
    const { scale, coverage } = await draw("figure_10", { settings });
    assertEquals(scale, "short");
    assert(coverage!.there > 0 && coverage!.there < coverage!.of);
  }));

Deno.test("draw() takes no scale for a whole sweep that has one value of each panel alone", () =>
  withRecords(sweepRecords(({ variant }) => variant === undefined), async (settings) => {
    assertEquals((await draw("figure_09", { settings })).scale, "preview");
    assertEquals((await draw("figure_10", { settings })).scale, "preview");
  }));

Deno.test("the table beside a figure is at the figure's scale, also where it has no number of it", () =>
  withRecords(unevenRecords(), async (settings) => {
    assertEquals((await draw("figure_02", { settings })).scale, "paper");
    const beside = await draw("figure_02_comparison", { settings });
    assertEquals([beside.scale, beside.coverage?.there], ["paper", 0]);
    assertEquals((await draw("figure_03", { settings })).scale, "preview");
    assertEquals((await draw("figure_03_comparison", { settings })).scale, "preview");
    assertEquals(await scalesOf("figure_03", settings), ["preview"]);
  }));

Deno.test("a row of the closing table is all of the scale that the figure is shown at", () =>
  withRecords([...sweepRecords(), ...unevenRecords()], async (settings) => {
    const { rows } = await closing(settings);
    const row = (item: string) => rows.find((one) => one.item === item)!;
    const store = openStore(settings);
    const at = (scale: Scale) => evidenceOf(scale, (of) => resultsOf(of, scale, store));
    const verdictsAt = (name: string, scale: Scale) =>
      claims.filter(({ id }) => entryOf(name).claims?.includes(id))
        .map((claim) => decide(claim, { evidence: at(scale), computed: {} }).verdict);
    // Clean accuracy of CE alone compares nothing, though preview does.
    assertEquals(
      [row("Figure 2").scale, row("Figure 2").ours, row("Figure 2").verdict],
      ["paper", "no result yet", "4 not yet run at this scale"],
    );
    assertNotEquals(new Set(verdictsAt("figure_02", "preview")), new Set(["not yet run"]));
    assertEquals([row("Figure 3").scale, row("Figure 3").trials], ["preview", "3"]);
    assert(row("Figure 3").ours !== "no result yet");
    for (const item of ["Figure 9", "Figure 10"]) {
      assertEquals(row(item).scale, "preview");
      const [, there, of] = /^(\d+) of (\d+) values$/.exec(String(row(item).coverage))!;
      assertEquals(there, of);
      const { name } = catalogue.find((one) => one.item === item)!;
      for (const verdict of new Set(verdictsAt(name, "preview"))) {
        assert(String(row(item).verdict).includes(verdict), `${item}: ${row(item).verdict}`);
      }
    }
  }));
