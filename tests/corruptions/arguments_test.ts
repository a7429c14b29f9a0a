import { assertThrows } from "@std/assert";
import { imageCorruptions, mnistCorruptions } from "../../lib/corruptions/mod.ts";
import { generator } from "../../lib/random/mod.ts";

const textures = Array.from(
  { length: 6 },
  () => ({ height: 240, width: 260, pixels: new Uint8Array(240 * 260 * 3) }),
);
const image = new Uint8Array(32 * 32 * 3), digit = new Uint8Array(28 * 28);

/** The field with its first number, wherever that is, replaced by NaN; undefined where there is none. */
function withNaN(field: unknown): unknown {
  if (typeof field === "number") return NaN;
  if (field instanceof Float64Array || field instanceof Float32Array) {
    return field.map((value, i) => i === 0 ? NaN : value);
  }
  if (Array.isArray(field)) return field.map((part, i) => i === 0 ? withNaN(part) : part);
  if (typeof field !== "object" || field === null) return undefined;
  const parts = Object.entries(field).map(([key, part]) => [key, withNaN(part) ?? part]);
  return Object.fromEntries(parts);
}

function refusesNaN(
  { name, apply }: { name: string; apply: (field: unknown) => unknown },
  field: unknown,
): void {
  if (field === undefined) return;
  const wrong = withNaN(field);
  for (
    const given of ArrayBuffer.isView(wrong) && wrong instanceof Int8Array
      ? ["x"]
      : [wrong, "x", {}]
  ) {
    assertThrows(() => apply(given), TypeError, name);
  }
}

for (const corruption of Object.values(imageCorruptions)) {
  Deno.test(`${corruption.name} of colour images refuses a field that is not finite`, () => {
    const field = corruption.field(generator(0), { side: 32, severity: 1, textures });
    const apply = (field: unknown) => corruption.apply(image, field as never, { severity: 1 });
    refusesNaN({ name: corruption.name, apply }, field);
    const options = { side: 32, severity: "1" as unknown as number, textures } as const;
    assertThrows(() => corruption.field(generator(0), options), RangeError, "severity");
  });
}

for (const corruption of Object.values(mnistCorruptions)) {
  Deno.test(`${corruption.name} of digits refuses a field that is not finite`, () => {
    const field = corruption.field(generator(0));
    const apply = (field: unknown) => corruption.apply(digit, field as never);
    refusesNaN({ name: corruption.name, apply }, field);
  });
}
