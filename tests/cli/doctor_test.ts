import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCode } from "../../lib/cli/command.ts";
import { doctor, examine, format } from "../../lib/cli/doctor.ts";
import { kernel } from "../../lib/cli/kernel.ts";
import { setup } from "../../lib/cli/setup.ts";

Deno.test("examine() finds everything that running this test needs", async () => {
  const findings = new Map((await examine()).map((finding) => [finding.name, finding]));
  for (const name of ["Deno", "Platform", "Python", "TensorFlow", "Device", "MNIST"]) {
    assertEquals(findings.get(name)?.missing, undefined, name);
    assert(findings.get(name)?.found, name);
  }
  assertEquals(findings.get("Deno")?.found, Deno.version.deno);
});

Deno.test("format() puts what is missing and how to mend it on one line", () => {
  assertEquals(format({ name: "Deno", found: "2.9.6" }), "ok       Deno         2.9.6");
  assertEquals(
    format({ name: "Kernel", missing: "not installed: `deno task kernel`" }),
    "missing  Kernel       not installed: `deno task kernel`",
  );
});

for (const program of [setup, doctor, kernel]) {
  Deno.test(`${program.name()} refuses a flag that it does not know, and has a help`, async () => {
    let text = "";
    const write = (part: string) => void (text += part);
    program.configureOutput({ writeErr: write, writeOut: write });
    assertEquals(await exitCode(program, ["--nonsense"]), 2);
    assertStringIncludes(text, "--nonsense");
    assertEquals(await exitCode(program, ["--help"]), 0);
    assertStringIncludes(text, `Usage: ${program.name()}`);
  });
}

Deno.test("setup refuses a device that there is none of", async () => {
  setup.configureOutput({ writeErr: () => {} });
  assertEquals(await exitCode(setup, ["--device", "tpu"]), 2);
});
