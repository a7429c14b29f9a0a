import { assertEquals } from "@std/assert";
import { alignColumns } from "../../lib/cli/columns.ts";

Deno.test("alignColumns() puts columns below each other, of any number of rows", () => {
  assertEquals(alignColumns([["a", "bc"], ["def"], ["", "g", "h"]]), "a    bc\ndef\n     g   h");
  assertEquals(alignColumns([]), "");
  const many = new Array<string[]>(200_000).fill(["a", "b"]);
  assertEquals(alignColumns(many).length, 200_000 * "a  b\n".length - 1);
});
