import type { FloatImageSet, ImageSet } from "./types.ts";

/** What reading some images of a set takes, as plain data: any thread can do it with `readRequested`. */
export type ReadRequest =
  /** Images one after the other in memory that all threads share; `size` bytes each. */
  | { kind: "pixels"; pixels: Uint8Array; size: number; indices: Uint32Array }
  /** Images one after the other in a file; `size` bytes each. */
  | { kind: "records"; file: string; size: number; indices: Uint32Array }
  /** JPEG or PNG images in files of their own, or inside archives. */
  | { kind: "encoded"; places: EncodedPlace[]; fit: Fit }
  /** Images with label maps, each seen in one way. */
  | { kind: "scenes"; scenes: { place: ScenePlace; view: View }[] };

/** Where an encoded image is: a file, or a part of an archive. */
export interface EncodedPlace {
  file: string;
  part?: { name: string; start: number; bytes: number };
}

/** Where an image and its label map are. */
export interface ScenePlace {
  image: string;
  mask: string;
  form: MaskForm;
}

/** Which set's way of writing labels a mask has. */
export type MaskForm = "camvid" | "cityscapes" | "sbd";

/** How a scene is seen. */
export interface View {
  /** Height and width of the view. */
  size: readonly [number, number];
  /** Height and width that the scene gets first; absent: its own. */
  resize?: readonly [number, number];
  /** A further factor of its size. */
  factor: number;
  /** Where the view begins, as a fraction of all places, in [0, 1). */
  top: number;
  left: number;
  mirrored: boolean;
  /** Added to the pixel values in [0, 1]. */
  brightness: number;
  /** Factor of their distance from the middle. */
  contrast: number;
  /** Standard deviation of normal noise on them, and its seed. */
  noise: number;
  noiseSeed: number;
}

/** How images of any size become RGB images of one size. */
export interface Fit {
  /** Length that the shorter side gets. */
  shorterSide: number;
  /** Side of the square that is then cut out of the middle. */
  crop: number;
}

type Read = (ImageSet | FloatImageSet)["read"];
type MakeRequest = (indices: Uint32Array) => ReadRequest;

// by the function that reads in this thread, so that a set that reads otherwise (`{ ...set, read }`) has no request
const requests = new WeakMap<Read, MakeRequest>();

/** Says how other threads read what `set` reads. */
export function registerRequest(set: ImageSet | FloatImageSet, request: MakeRequest): void {
  requests.set(set.read, request);
}

/** How other threads read the images of a set, or undefined where only the set itself can. */
export function requestOf(set: ImageSet | FloatImageSet): MakeRequest | undefined {
  return requests.get(set.read);
}
