// `reproduce` with the child that trains nothing.
import { runCommand } from "../../lib/cli/command.ts";
import { reproduceCommand } from "../../lib/cli/reproduce.ts";

const script = new URL("../reproduction/fake_child.ts", import.meta.url);
await runCommand(reproduceCommand(script));
