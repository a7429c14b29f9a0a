import { join } from "node:path";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../lib/cli/command.ts";
import { logsOf } from "../../lib/cli/logs.ts";
import { withFolder } from "../with_folder.ts";

const program = new URL("../../lib/cli/logs.ts", import.meta.url);
const ids = [
  "mnist-lenet-hem-paper-t0-00000000",
  "mnist-lenet-ce-paper-t0-11111111",
  "mnist-mlp-hem@margin=0.5-paper-t0-22222222",
];

function write(data: string, id: string, text: string) {
  Deno.mkdirSync(join(data, "runs", id), { recursive: true });
  Deno.writeTextFileSync(join(data, "runs", id, "log.jsonl"), text, { append: true });
}

const line = (message: string) =>
  JSON.stringify({ time: "2026-01-02T03:04:05Z", pid: 7, event: "note", message }) + "\n";

Deno.test("logs are found by id, by globs over ids and over conditions", () =>
  withFolder((data) => {
    for (const id of ids) write(data, id, line("a"));
    const found = (...globs: string[]) => logsOf(data, globs).map(({ id }) => id);
    assertEquals(found(ids[0]!), [ids[0]]);
    assertEquals(found("mnist/lenet/hem"), [ids[0]]);
    assertEquals(found("mnist/*/hem@*", "mnist-lenet-ce-*"), [ids[2], ids[1]]);
    assertEquals(found("*").length, 3);
    assertEquals(found("mnist/lenet"), [ids[1], ids[0]]);
    assertThrows(() => found("cifar10/*/*"), UsageError, "reproduce --list");
    assertThrows(() => found("mnist-lenet"), UsageError, '"mnist-lenet*" names all that do');
    // Another way of measuring is no trial of its own.
    assertThrows(
      () => found("mnist/lenet/hem@iterations=100"),
      UsageError,
      'its trial\'s log, which "mnist/lenet/hem" names',
    );
    assertThrows(() => found(""), UsageError, "3 have one");
    assertThrows(() => logsOf(join(data, "nowhere"), ["*"]), UsageError, "none has run there");
  }));

Deno.test("logs --follow goes on with what is said, whole lines only, until it is ended", () =>
  withFolder(async (data) => {
    const [id] = ids;
    write(data, id!, line("first") + line("second"));
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        program.href,
        "mnist/lenet/*",
        "-f",
        "-n",
        "1",
        "--data",
        data,
      ],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (part: string) => {
      while (!text.includes(part)) text += (await reader.read()).value ?? part;
    };
    await until("second\n");
    const third = line("third");
    write(data, id!, third.slice(0, 20));
    write(data, id!, third.slice(20));
    await until("third\n");
    assertEquals(text.includes("first"), false);
    assertStringIncludes(text, "[7] note third");
    // A trial that begins later is one of those that the glob names; one whose log has gone is no end.
    write(data, ids[1]!, line("of another"));
    await until("note of another");
    assertStringIncludes(text, `==> ${ids[1]} <==`);
    Deno.removeSync(join(data, "runs", ids[1]!), { recursive: true });
    write(data, id!, line("fourth"));
    await until("fourth\n");
    child.kill("SIGINT");
    await reader.cancel();
    await child.stderr.cancel();
    assertEquals((await child.status).signal, "SIGINT");
  }));

Deno.test("logs --follow waits for the first log, and says why there is none yet", () =>
  withFolder(async (data) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", program.href, "mnist/*/hem", "--follow", "--data", data],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const readerOf = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
      stream.pipeThrough(new TextDecoderStream()).getReader();
    const [said, lines] = [readerOf(child.stderr), readerOf(child.stdout)];
    const first = (await said.read()).value;
    assertStringIncludes(first ?? "", "none has run there");
    assertStringIncludes(first ?? "", "Waiting for it, until Ctrl-C.");
    write(data, ids[0]!, line("begun"));
    assertStringIncludes((await lines.read()).value ?? "", "note begun");
    child.kill("SIGINT");
    await Promise.all([said.cancel(), lines.cancel()]);
    await child.status;
  }));
