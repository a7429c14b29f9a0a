/** `deno task check-golden` as a process. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { goldenPath, readGolden } from "../golden/golden_files.ts";

const script = new URL("../../lib/cli/check_golden.ts", import.meta.url).pathname;

async function checkGolden(...files: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, ...files],
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, lines: text(stdout).trim().split("\n"), stderr: text(stderr) };
}

Deno.test("check-golden prints a line per file that agrees, and ends with 0", async () => {
  const files = [goldenPath("mlp.json"), goldenPath("lenet_bn.json")];
  const { code, lines } = await checkGolden(...files);
  assertEquals(code, 0);
  assertEquals(lines.length, 3);
  const number = String.raw`\d\.\de-\d+ <= \d\.\de-\d+`;
  const quantities = [
    "eval logits",
    "train logits",
    "loss",
    "gradient norms",
    "gradient norms' median",
    "gradient norms in each one's best order",
  ];
  const shown = quantities.map((quantity) => `${quantity} ${number}`).join("; ");
  assertMatch(lines[0]!, new RegExp(`^ok   ${files[0]}: ${shown}$`));
  assertMatch(lines[1]!, new RegExp(`^ok   ${files[1]}: ${shown}; running statistics ${number}$`));
  assertEquals(lines[2], "2 of 2 golden files agree");
});

Deno.test("check-golden marks what misses, goes on, and ends with 1", async () => {
  const folder = await Deno.makeTempDir();
  const write = (name: string, text: string) => {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
    return `${folder}/${name}`;
  };
  const wrongLoss = readGolden("mlp.json");
  wrongLoss.train.loss += 0.01;
  const files = [
    write("wrong_loss.json", JSON.stringify(wrongLoss)),
    write("other_network.json", JSON.stringify({ ...readGolden("mlp.json"), network: "vgg" })),
    write("no_golden.json", '{"network": "mlp"}'),
    write("no_json.json", "not JSON"),
    goldenPath("mlp.json"),
  ];
  const { code, lines } = await checkGolden(...files);
  await Deno.remove(folder, { recursive: true });
  assertEquals(code, 1);
  assertMatch(lines[0]!, /^MISS .*wrong_loss\.json: .*; loss 1\.0e-2 > ! /);
  assertMatch(lines[1]!, /^MISS .*other_network\.json: There is no network "vgg"; known are lenet/);
  assertMatch(lines[2]!, /^MISS .*no_golden\.json: This is no golden file: .*inputShapeNCHW/);
  assertMatch(lines[3]!, /^MISS .*no_json\.json: This is no golden file: it is no JSON/);
  assertMatch(lines[4]!, /^ok {3}.*mlp\.json/);
  assertEquals(lines.slice(5), ["1 of 5 golden files agree"]);
});

Deno.test("check-golden ends with 2 for a missing file and for no file at all", async () => {
  const missing = await checkGolden("no/such/golden.json");
  assertEquals(missing.code, 2);
  // Paths start where the user stands.
  assertMatch(missing.stderr, /Cannot read \/.*\/no\/such\/golden\.json: /);
  const none = await checkGolden();
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, "files");
});
