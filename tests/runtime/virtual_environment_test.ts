import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { makeVirtualEnvironment } from "../../lib/runtime/mod.ts";
import { withFolder } from "../with_folder.ts";

Deno.test("makeVirtualEnvironment() leaves nothing of one that could not be made", () =>
  withFolder(async (root) => {
    const requirements = join(root, "requirements.txt");
    Deno.writeTextFileSync(requirements, "not a requirement\n");
    const folder = join(root, "environment");
    await assertRejects(
      () =>
        makeVirtualEnvironment({
          name: "Something",
          folder,
          requirements,
          megabytes: 1,
          label: "Installing something",
        }),
      Error,
      "Something could not be downloaded with pip",
    );
    assertEquals(Array.from(Deno.readDirSync(root), ({ name }) => name), ["requirements.txt"]);
  }));
