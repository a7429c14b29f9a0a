import type { ScenePlace, View } from "./read_request.ts";
import { readScene } from "./read_scene.ts";
import { viewOf } from "./view_of_scene.ts";

/** Reads views out of files: bytes [N, H, W, 4]. */
export async function readViews(
  scenes: readonly { place: ScenePlace; view: View }[],
): Promise<Uint8Array> {
  const [height, width] = scenes[0]?.view.size ?? [0, 0];
  const bytes = height * width * 4;
  const out = new Uint8Array(scenes.length * bytes);
  const start = (i: number) => {
    const scene = i < scenes.length ? readScene(scenes[i]!.place) : undefined;
    // awaited in its turn, or not at all where one before it is damaged
    scene?.catch(() => {});
    return scene;
  };
  let next = start(0);
  for (let i = 0; i < scenes.length; i++) {
    const scene = await next!;
    // libvips decodes in threads of its own: the next one, while this one is changed
    next = start(i + 1);
    viewOf(scene, scenes[i]!.view, out.subarray(i * bytes, (i + 1) * bytes));
  }
  return out;
}
