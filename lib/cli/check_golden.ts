// `deno task check-golden FILE...`: compares networks with numbers that PyTorch computed for them.
import { command, runCommand, UsageError, userPath } from "./command.ts";
import { checkGolden } from "../../tests/golden/check.ts";
import { parseGolden } from "../../tests/golden/golden.ts";

const program = command("check-golden", "Compare networks with golden files made by PyTorch.")
  .argument("<files...>", "golden files (JSON)")
  .action(async (files: string[]) => {
    let missed = 0;
    for (const file of files.map(userPath)) {
      const line = await checkFile(file);
      console.log(line.text);
      if (!line.passed) missed++;
    }
    console.log(`${files.length - missed} of ${files.length} golden files agree`);
    if (missed > 0) Deno.exitCode = 1;
  });

async function checkFile(file: string): Promise<{ passed: boolean; text: string }> {
  const text = await Deno.readTextFile(file).catch((error) => {
    throw new UsageError(`Cannot read ${file}: ${error.message}`);
  });
  try {
    const { differences, passed } = await checkGolden(parseGolden(text));
    const parts = differences.map(({ quantity, difference, tolerance }) => {
      const sign = difference <= tolerance ? "<=" : "> !";
      return `${quantity} ${difference.toExponential(1)} ${sign} ${tolerance.toExponential(1)}`;
    });
    return { passed, text: `${passed ? "ok  " : "MISS"} ${file}: ${parts.join("; ")}` };
  } catch (error) {
    return {
      passed: false,
      text: `MISS ${file}: ${error instanceof Error ? error.message : error}`,
    };
  }
}

await runCommand(program);
