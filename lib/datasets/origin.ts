import type { ImageSet } from "./types.ts";

/**
 * Where the images or scenes of a set came from, in a few words for a record or a caption: "official file (SHA-256)", "unpacked copy
 * (SHA-256 of each file), first 1,000 of 10,000 images"; undefined for images that were made.
 */
export function describeOrigin(
  { origin, count }: Pick<ImageSet, "origin" | "count">,
): string | undefined {
  if (origin === undefined) return undefined;
  const { form, checked, official } = origin;
  if (form === "stand-in") return form;
  const part = count < official ? `, first ${grouped(count)} of ${grouped(official)} images` : "";
  return `${form} (${checked})${part}`;
}

/** A count with commas between thousands. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
