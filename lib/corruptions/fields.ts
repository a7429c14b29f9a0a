import type { Generator } from "../random/mod.ts";

/** The field of a corruption in which nothing is random. */
export function noField(): void {}

/** Numbers of [low, high), each with 53 random bits. */
export function uniforms(random: Generator, count: number, low = 0, high = 1): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = low + (high - low) * random.uniform();
  return out;
}

/**
 * Throws TypeError where a corruption in which something is random is given nothing, or what cannot have been drawn; `draw` is
 * what draws it.
 */
export function requireField(name: string, draw: unknown, field: unknown): void {
  if (draw === noField) return;
  if (field === undefined || field === null) {
    throw new TypeError(`Cannot apply ${name} without a field: draw it by field()`);
  }
  const [wrong] = notDrawn(field);
  if (wrong === undefined) return;
  throw new TypeError(
    `Cannot apply ${name} with a field that holds ${wrong}: wanted finite numbers; draw it by field()`,
  );
}

/** What else than finite numbers there is in a field, in words. */
function notDrawn(field: unknown): string[] {
  if (typeof field === "number") return Number.isFinite(field) ? [] : [String(field)];
  if (ArrayBuffer.isView(field)) {
    if (!(field instanceof Float64Array || field instanceof Float32Array)) return [];
    const wrong = field.find((value) => !Number.isFinite(value));
    return wrong === undefined ? [] : [String(wrong)];
  }
  if (typeof field !== "object" || field === null) return [String(field)];
  const parts = Object.values(field);
  return parts.length === 0 ? ["nothing"] : parts.flatMap(notDrawn);
}

/** Throws TypeError unless a field has as many numbers as its image needs at its severity. */
export function checkField(
  name: string,
  numbers: ArrayLike<number> | undefined,
  wanted: number,
): void {
  if (numbers?.length === wanted) return;
  throw new TypeError(
    `Cannot apply ${name}: wanted a field of ${wanted} numbers, got ${
      numbers?.length ?? "none"
    }; draw it by field() for this size and severity`,
  );
}

/** Throws TypeError unless what is random in an image, where it is a few numbers, are numbers. */
export function checkNumbers(name: string, ...numbers: (number | undefined)[]): void {
  if (numbers.every(Number.isFinite)) return;
  throw new TypeError(
    `Cannot apply ${name} with the field ${numbers.join(", ")}: draw it by field()`,
  );
}
