import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { projectFolder, withResults } from "../../lib/reporting/mod.ts";
import { withFolder } from "../with_folder.ts";

const readme = await Deno.readTextFile(`${projectFolder}README.md`);

Deno.test("README says what the stored figures say: `deno task figures` writes it", () => {
  assertEquals(withResults(readme, `${projectFolder}figures`), readme);
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
    const text = withResults(
      "# T\n<!-- results: deno task figures -->stale<!-- /results -->\nend",
      figures,
    );
    assertStringIncludes(
      text,
      "Of the paper's 3 claims, 1 are reproduced, 1 contradicted, 0 undecided",
    );
    assertStringIncludes(
      text,
      "- reproduced (5.1.2, Paper scale, 3 of 15 conditions): HEM rejects best",
    );
    assertStringIncludes(text, "1 at the paper scale and 1 without trials");
    assert(!text.includes("stale") && text.endsWith("end"));
    assertThrows(() => withResults("# T", figures), RangeError, "README.md has no");
  }));
