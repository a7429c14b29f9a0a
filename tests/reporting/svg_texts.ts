import { textWidth } from "../../lib/reporting/text_metrics.ts";

/** A line of text in a drawing, and the box in px that it takes. */
export interface TextBox {
  text: string;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

interface Place {
  x: number;
  y: number;
  /** Turned by a quarter to the left, as the name of a vertical axis is. */
  turned: boolean;
}

/** The lines of text of an SVG that Vega drew, where they stand in it. */
export function textBoxes(svg: string): TextBox[] {
  const boxes: TextBox[] = [];
  const places: Place[] = [{ x: 0, y: 0, turned: false }];
  const tags = svg.matchAll(/<(\/?)(g|text|tspan)\b([^>]*?)(\/?)>([^<]*)/g);
  let line = { size: 0, weight: "normal", anchor: "start" };
  for (const [, closing, tag, attributes = "", empty, content = ""] of tags) {
    if (closing) {
      if (tag !== "tspan") places.pop();
      continue;
    }
    const of = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
    if (tag !== "tspan") places.push(moved(places.at(-1)!, of("transform")));
    if (tag === "text") {
      line = {
        size: parseFloat(of("font-size")!),
        weight: of("font-weight") ?? "normal",
        anchor: of("text-anchor") ?? "start",
      };
    }
    if (tag === "tspan") places.push(moved(places.pop()!, `translate(0,${of("dy") ?? 0})`));
    if (content.trim() !== "") boxes.push(boxOf(unescape(content), line, places.at(-1)!));
    if (empty && tag !== "tspan") places.pop();
  }
  return boxes;
}

function moved({ x, y, turned }: Place, transform = ""): Place {
  for (
    const [, kind, first, second] of transform.matchAll(/(\w+)\(([-\d.e]+)(?:,([-\d.e]+))?\)/g)
  ) {
    if (kind === "rotate") turned = Number(first) === -90;
    else if (turned) [x, y] = [x + Number(second), y - Number(first)];
    else [x, y] = [x + Number(first), y + Number(second)];
  }
  return { x, y, turned };
}

function boxOf(
  text: string,
  { size, weight, anchor }: { size: number; weight: string; anchor: string },
  { x, y, turned }: Place,
): TextBox {
  const width = textWidth(text, size, weight as "normal" | "bold");
  const start = anchor === "end" ? -width : anchor === "middle" ? -width / 2 : 0;
  // Of Arimo's capitals and descenders, about.
  const [above, below] = [0.72 * size, 0.21 * size];
  return turned
    ? { text, left: x - above, right: x + below, top: y - start - width, bottom: y - start }
    : { text, left: x + start, right: x + start + width, top: y - above, bottom: y + below };
}

function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
