import opentype from "opentype.js";
import * as vega from "vega";

/** The one family of all figures; Arimo has the widths of Arial, so the fallback keeps its place. */
export const fontFamily = "Arimo, Arial, Helvetica, sans-serif";

// Arimo 1.33 by Steve Matteson, SIL Open Font License 1.1, as TTF files in npm's
// @expo-google-fonts/arimo.
const fontFolder = new URL("../../node_modules/@expo-google-fonts/arimo/", import.meta.url);
const faces = {
  regular: "400Regular/Arimo_400Regular.ttf",
  bold: "700Bold/Arimo_700Bold.ttf",
};

/** Weight of a text, as CSS and Vega write it. */
export type FontWeight = "normal" | "bold" | number;

interface Font {
  getAdvanceWidth(text: string, size: number): number;
}

const loaded = new Map<string, Font>();

/** Paths of the font files, for a renderer that takes files. */
export function fontFiles(): string[] {
  return Object.values(faces).map((file) => decodeURIComponent(new URL(file, fontFolder).pathname));
}

/** The faces as CSS that carries them, for a page that needs no other file: figures are laid out for their widths. */
export function fontFaces(): string {
  return fontFiles().map((path, i) => {
    const weight = Object.keys(faces)[i] === "bold" ? 700 : 400;
    const data = Deno.readFileSync(path).toBase64();
    return `@font-face{font-family:Arimo;font-weight:${weight};src:url(data:font/ttf;base64,${data})}`;
  }).join("\n");
}

/**
 * Width in px of a line of text: the advances of its glyphs, pair kerning included.
 *
 * @param text one line.
 * @param size the font size in px.
 */
export function textWidth(text: string, size: number, weight: FontWeight = "normal"): number {
  const face = weight === "bold" || Number(weight) >= 600 ? "bold" : "regular";
  return font(face).getAdvanceWidth(text, size);
}

/** Breaks a text into lines no wider than `width` px; a word that is wider stands alone. */
export function wrapText(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer, size) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return line === "" ? lines : [...lines, line];
}

interface TextMetrics {
  width(item: { fontSize?: number; fontWeight?: FontWeight }, text: unknown): number;
}

/**
 * Makes Vega measure text by the real font. Without a canvas it takes 0.8 of the font size for every
 * character, which leaves wide empty margins.
 */
export function installTextMetrics(): void {
  // Exported by vega, but not in its types.
  const metrics = (vega as unknown as { textMetrics: TextMetrics }).textMetrics;
  metrics.width = (item, text) => {
    // Vega's default font size is 11 (vega-scenegraph, src/util/text.js).
    const size = item.fontSize ?? 11;
    return size <= 0 || text === null || text === undefined
      ? 0
      : textWidth(String(text), size, item.fontWeight);
  };
}

function font(face: keyof typeof faces): Font {
  const known = loaded.get(face);
  if (known !== undefined) return known;
  const url = new URL(faces[face], fontFolder);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Deno.readFileSync(url);
  } catch (error) {
    throw new Error(`Cannot read the font ${url.pathname}: run "deno install"`, { cause: error });
  }
  const parsed = opentype.parse(bytes.buffer) as Font;
  loaded.set(face, parsed);
  return parsed;
}
