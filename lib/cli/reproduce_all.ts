/**
 * `deno task reproduce-all`: from a fresh clone to figures: sets the runtime up, runs the trials that
 * are missing, executes the notebooks, draws the figures, and compares them with the paper's.
 */
import { planReproduction } from "../reproduction/mod.ts";
import { ensureJupyter } from "../jupyter/mod.ts";
import { log } from "../progress/mod.ts";
import { type Command, command, exitCodes, runCommand } from "./command.ts";
import { settingsOf } from "./figure_settings.ts";
import { executeAll, executionOf, notebookPaths } from "./notebooks.ts";
import { describeSectionPlan } from "./plan_text.ts";
import { printPlan, runPlanned } from "./reproduce.ts";
import { addTrialFlags, reproduceOptions, type TrialFlags } from "./trial_options.ts";
import { requireWritable } from "./writable.ts";

/** The command. */
function reproduceAllCommand(): Command {
  const program = command(
    "reproduce-all",
    "Set up, run the trials that are missing, execute the notebooks, draw the figures. With another --data than data, " +
      "notebooks and figures go there, and the project's own stay as they are.",
  );
  return addTrialFlags(program).action(async (flags: TrialFlags) => {
    const options = await reproduceOptions(flags);
    if (flags.dryRun || flags.list) return await printPlan(flags, options);
    // Before the set-up, which takes minutes: what is wrong with the flags shows at once.
    const plan = await planReproduction(flags.section, options);
    requireWritable(plan.data);
    // Importing it sets it up.
    const { device, tensorflowVersion } = await import("../tensorflow/mod.ts");
    await ensureJupyter();
    log(`TensorFlow ${tensorflowVersion()} on ${device()}, Jupyter ready.`);

    console.log(describeSectionPlan(plan));
    const { code, stopped } = await runPlanned(plan, flags);
    Deno.exitCode = code;
    // What there is of results is drawn even where trials failed; not where the user wants to stop.
    if (stopped) return;
    if (flags.shard) {
      // With --force, all that the parts have made would be trained once more.
      if (code !== exitCodes.failed) {
        log(
          "This part is done. When all are, the same without --shard, --force and --retry-diverged draws what they have made.",
        );
      }
      return;
    }
    // Unless a scale is asked for, notebooks and figures show the best results there are.
    const asked = program.getOptionValueSource("scale") === "cli" ? [plan.scale] : [];
    const { microBatch } = flags;
    const settings = { ...settingsOf(plan.data), ...(microBatch && { microBatch }) };
    // A notebook that fails is told at the end: what is stored is drawn all the same.
    const execution = executionOf({ data: plan.data, scale: asked[0], microBatch });
    const broken = await executeAll(notebookPaths(), execution).then(
      () => undefined,
      (error) => error,
    );
    const { describeDrawn, drawAll, drawClosing } = await import("./figures.ts");
    console.log(`\n${describeDrawn(await drawAll(settings, asked))}`);
    console.log(`\n${await drawClosing(settings)}`);
    if (broken !== undefined) throw broken;
  });
}

if (import.meta.main) await runCommand(reproduceAllCommand());
