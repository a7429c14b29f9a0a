import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  command,
  exitCode,
  positiveInteger,
  UsageError,
  userFolder,
  userPath,
} from "../../lib/cli/command.ts";

/** Runs a command with what it prints on stderr and stdout caught. */
async function run(
  args: string[],
  action: (options: { jobs?: number }) => void = () => {},
) {
  const printed: string[] = [];
  const program = command("example", "An example.")
    .option("--jobs <count>", "how many", positiveInteger)
    .action(action)
    .configureOutput({
      writeOut: (text) => void printed.push(text),
      writeErr: (text) => void printed.push(text),
    });
  const original = console.error;
  console.error = (...words: unknown[]) => void printed.push(words.join(" "));
  try {
    return { code: await exitCode(program, args), text: printed.join("\n") };
  } finally {
    console.error = original;
  }
}

Deno.test("exitCode() is 0 and the options reach the action when the flags are known", async () => {
  let jobs: number | undefined;
  const { code } = await run(
    ["--jobs", "3"],
    (options) => void (jobs = options.jobs),
  );
  assertEquals([code, jobs], [0, 3]);
});

Deno.test("exitCode() is 0 and the help names the task when --help is given", async () => {
  const { code, text } = await run(["--help"]);
  assertEquals(code, 0);
  assertStringIncludes(text, "Usage: deno task example");
  assertStringIncludes(text, "--jobs <count>");
});

for (
  const args of [
    ["--nonsense"],
    ["stray"],
    ["--jobs", "0"],
    ["--jobs", "1.5"],
    ["--jobs"],
  ]
) {
  Deno.test(`exitCode() is 2 with a message for ${args.join(" ")}`, async () => {
    const { code, text } = await run(args, () => {
      throw new Error("must not run");
    });
    assertEquals(code, 2);
    assertStringIncludes(text, "error: ");
  });
}

Deno.test("exitCode() is 1 and the message has no stack when the action fails", async () => {
  const { code, text } = await run([], () => {
    throw new Error("no network");
  });
  assertEquals([code, text], [1, "error: no network"]);
});

Deno.test("exitCode() is 2 when the user's input was wrong", async () => {
  const { code } = await run([], () => {
    throw new UsageError("no such section");
  });
  assertEquals(code, 2);
});

Deno.test("userPath() starts where the user stands, which is not where a task runs", () => {
  const before = Deno.env.get("INIT_CWD");
  try {
    Deno.env.set("INIT_CWD", "/where/the/user/stands");
    assertEquals(userPath("data"), "/where/the/user/stands/data");
    assertEquals(userPath("../data"), "/where/the/user/data");
    assertEquals(userPath("/data"), "/data");
    Deno.env.delete("INIT_CWD");
    assertEquals(userPath("data"), `${Deno.cwd()}/data`);
  } finally {
    if (before === undefined) Deno.env.delete("INIT_CWD");
    else Deno.env.set("INIT_CWD", before);
  }
});

Deno.test("userFolder() is a folder, or what can become one, and no file", () => {
  assertEquals(userFolder("/no/such/folder"), "/no/such/folder");
  assertThrows(
    () => userFolder(new URL(import.meta.url).pathname),
    Error,
    "is a file: name a folder",
  );
});

Deno.test("exitCode() is 2 before anything runs when a variable has a value that cannot be", async () => {
  const before = Deno.env.get("HEM_THREADS");
  try {
    for (const value of ["0", "two", "1000000"]) {
      Deno.env.set("HEM_THREADS", value);
      const { code, text } = await run([], () => {
        throw new Error("must not run");
      });
      assertEquals(code, 2);
      assertStringIncludes(text, "HEM_THREADS");
    }
  } finally {
    if (before === undefined) Deno.env.delete("HEM_THREADS");
    else Deno.env.set("HEM_THREADS", before);
  }
});

Deno.test("every option of every task that names a file or a folder starts where the user stands", () => {
  const folder = new URL("../../lib/cli/", import.meta.url);
  const seen: string[] = [];
  for (const { name } of Deno.readDirSync(folder)) {
    const source = Deno.readTextFileSync(new URL(name, folder));
    // .option("--flag <file>", "description", userPath), of a folder userFolder, over one line or several
    for (
      const [call] of source.matchAll(
        /\.(?:requiredOption|option)\(\s*"[^"]*<(?:file|folder)>".*?\n {4,6}(?=[.})\]]|\/\/)/gs,
      )
    ) {
      seen.push(call);
      const parser = call.includes("<folder>") ? "userFolder" : "userPath";
      assert(new RegExp(`\\b${parser}\\b`).test(call), `${name}: ${call}`);
    }
  }
  assert(seen.length >= 15, `${seen.length}`);
});
