import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCode } from "../../lib/cli/command.ts";
import { dataCommand, statusOf } from "../../lib/cli/data.ts";
import { withLock } from "../../lib/files/mod.ts";
import { dataSource, dataSources } from "../../lib/datasets/mod.ts";
import { MNIST } from "../../lib/datasets/mnist.ts";

/** Runs the command and returns its exit code and what it printed. */
async function run(...args: string[]): Promise<{ code: number; text: string }> {
  let text = "";
  const program = dataCommand();
  const write = (part: string) => void (text += part);
  for (const one of [program, ...program.commands]) {
    one.configureOutput({ writeErr: write, writeOut: write });
  }
  const { log, error } = console;
  console.log = console.error = (line: string) => write(`${line}\n`);
  try {
    return { code: await exitCode(program, args), text };
  } finally {
    Object.assign(console, { log, error });
    Deno.exitCode = 0;
  }
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("data lists every set with its state, size, licence and source", () =>
  inFolder(async (data) => {
    const { code, text } = await run("--data", data);
    assertEquals(code, 0);
    for (const { name, licence, address } of dataSources) {
      const line = text.split("\n").find((one) => one.startsWith(`${name} `))!;
      for (const part of [licence, address]) assertStringIncludes(line, part);
    }
    assert(/^mnist +installed/m.test(text) && /^svhn +missing +– +65 MB/m.test(text), text);
    assert(/^imagenet +missing.*needs your own registration/m.test(text), text);
  }));

Deno.test("data tells damaged files from whole ones, by lengths or by hashes", () =>
  inFolder(async (data) => {
    await Deno.mkdir(`${data}/raw/svhn`, { recursive: true });
    const path = `${data}/raw/svhn/test_32x32.mat`;
    await Deno.writeTextFile(path, "cut");
    const short = await statusOf([dataSource("svhn")], { data, verify: false });
    assertEquals([short[0]!.state, short[0]!.bytes], ["damaged", 3]);
    assertStringIncludes(short[0]!.note!, "it has 3 bytes instead of 64275384");
    // of the right length: only its hash tells
    await Deno.truncate(path, 64_275_384);
    assertEquals(
      (await statusOf([dataSource("svhn")], { data, verify: false }))[0]!.state,
      "present",
    );
    const { code, text } = await run("verify", "--data", data);
    assertEquals(code, 1);
    assert(/^svhn +damaged.*it should have SHA-256/m.test(text), text);
    assert(!/^omniglot/m.test(text));
  }));

Deno.test("data sees files that are packed or not, half a set, and what a package installs", () =>
  inFolder(async (data) => {
    const raw = `${data}/raw/mnist`;
    await Deno.mkdir(raw, { recursive: true });
    const kinds = [
      "train-images-idx3",
      "train-labels-idx1",
      "t10k-images-idx3",
      "t10k-labels-idx1",
    ];
    const [images, labels, ...test] = kinds.map((kind) => `${kind}-ubyte`);
    const put = (name: string) =>
      Deno.symlink(`${MNIST.installed!.folder()}/${name}`, `${raw}/${name}`);
    const status = async (verify: boolean) =>
      (await statusOf([dataSource("mnist")], { data, verify }))[0]!;

    assertEquals((await status(true)).state, "installed");
    for (const name of test) await put(name);
    const { state, note, bytes } = await status(false);
    assertEquals([state, bytes], ["partial", 7_840_016 + 10_008]);
    assertStringIncludes(note!, "its test images are there");
    assertStringIncludes(note!, `without ${images}.gz, ${labels}.gz`);
    for (const name of [images!, labels!]) await put(name);
    assertEquals((await status(true)).state, "present");
    for (const name of test) await Deno.remove(`${raw}/${name}`);
    const train = await status(false);
    assertEquals(train.state, "partial");
    assertStringIncludes(train.note!, "its training images alone are there; without t10k-images");
    for (const name of test) await put(name);
    // its length, or its contents, say that a file is another one
    await Deno.remove(`${raw}/${labels}`);
    await Deno.writeFile(`${raw}/${labels}`, new Uint8Array(60_007));
    assertStringIncludes((await status(false)).note!, "it has 60007 bytes instead of 60008");
    await Deno.writeFile(`${raw}/${labels}`, new Uint8Array(60_008));
    assertEquals((await status(false)).state, "present");
    const { code, text } = await run("verify", "mnist", "--data", data);
    assertEquals(code, 1);
    assert(/^mnist +damaged.*train-labels.*SHA-256/m.test(text), text);
  }));

Deno.test("data download goes on with the other sets where one cannot be had, and says so of each", () =>
  inFolder(async (data) => {
    // A file where the folder of the downloads would be made.
    await Deno.writeTextFile(`${data}/raw`, "");
    const { code, text } = await run("download", "imagenet", "svhn", "--data", data);
    assertEquals(code, 1);
    assertStringIncludes(text, "image-net.org");
    assertStringIncludes(text, "Cannot download test_32x32.mat");
  }));

Deno.test("data download says how to get what needs a registration, and refuses names that are none", () =>
  inFolder(async (data) => {
    const asked = await run("download", "imagenet", "--data", data);
    assertEquals(asked.code, 1);
    assertStringIncludes(asked.text, "image-net.org");
    const unknown = await run("download", "imagenot", "--data", data);
    assertEquals(unknown.code, 2);
    assertStringIncludes(unknown.text, "No data set is named");
    assertEquals((await run("download", "--data", data)).code, 2);
    assertEquals(Array.from(Deno.readDirSync(data)), []);
  }));

Deno.test("data download ends at Ctrl-C while it waits for another process", () =>
  inFolder(async (data) => {
    const folder = `${data}/raw/svhn`;
    await Deno.mkdir(folder, { recursive: true });
    await withLock(`${folder}/test_32x32.mat.lock`, async () => {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "lib/cli/data.ts", "download", "svhn", "--data", data],
        cwd: new URL("../../", import.meta.url),
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const reader = child.stderr.getReader();
      let said = "";
      while (!said.includes("waiting for it")) {
        const { value, done } = await reader.read();
        assert(!done, said);
        said += new TextDecoder().decode(value);
      }
      await reader.cancel();
      child.kill("SIGINT");
      const [{ code }, out] = [await child.status, await new Response(child.stdout).text()];
      assertEquals(code, 130);
      assertStringIncludes(out, "Stopped. Give the same command again");
    });
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["test_32x32.mat.lock"]);
  }));

Deno.test("data has a help, and refuses flags that it does not know", async () => {
  const help = await run("--help");
  assertEquals(help.code, 0);
  for (const word of ["list", "download", "verify"]) assertStringIncludes(help.text, word);
  assertEquals((await run("--nonsense")).code, 2);
});
