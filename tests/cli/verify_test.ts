import { assertEquals } from "@std/assert";
import { leaveOutMissing } from "../../lib/cli/verify.ts";

Deno.test("verify leaves out numbers on data sets that are not here, and no others", () => {
  const changed = (dataset: string | undefined, now?: number) => ({
    stage: "unknown",
    row: { metric: "auroc_msp", value: 0.5, ...(dataset !== undefined && { dataset }) },
    now,
  });
  const verified = {
    id: "a",
    compared: 9,
    changed: [changed("kmnist"), changed("omniglot"), changed("mnist"), changed(undefined)],
  };
  const { compared, missing, changed: left } = leaveOutMissing(
    { ...verified, changed: [...verified.changed, changed("kmnist", 0.4)] },
    new Map([["mnist", {}]]),
  );
  assertEquals([compared, missing], [7, ["kmnist", "omniglot"]]);
  assertEquals(left.map(({ row }) => row.dataset), ["mnist", undefined, "kmnist"]);
});
