// `deno task test`: `deno test -P`, which ends with the task, also with one that is killed and can tell nobody.
import { endWith, endWithTask } from "../runtime/mod.ts";

if (import.meta.main) {
  using _ = endWithTask();
  const child = new Deno.Command(Deno.execPath(), { args: ["test", "-P", ...Deno.args] }).spawn();
  // Ctrl-C reaches the tests by itself, and they say which were running.
  const { code } = await endWith(child, { keepInterrupt: true });
  Deno.exit(code);
}
