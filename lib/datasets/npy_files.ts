import { join } from "node:path";
import { isFile } from "../files/mod.ts";
import { decodeNpyHeader, type NpyArray } from "../formats/mod.ts";
import { DamagedDataError } from "./errors.ts";
import type { RemoteFile } from "./transfer.ts";

// NumPy pads the header to a multiple of 64 bytes; these arrays' take 128
const HEADER_BYTES = 1024;

/** The folder within an archive of .npy files: it has its name. */
export function innerFolder({ name }: RemoteFile): string {
  return name.replace(/\.\w+$/, "");
}

/** Whether all these files are in a folder. */
export function hasFiles(folder: string, files: readonly string[]): boolean {
  return files.every((name) => isFile(join(folder, name)));
}

/** Whether any of these files is in a folder. */
export function hasAnyFile(folder: string, files: readonly string[]): boolean {
  return files.some((name) => isFile(join(folder, name)));
}

/**
 * What `read` gives; where the .npy file is cut short or of another form, an error that names it.
 *
 * @param official the archive whose file of this name is the right one
 * @throws {DamagedDataError}
 */
export function readNpy<Value>(file: string, official: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new DamagedDataError(file, `${error.message}. ${replaceBy(official)}`);
  }
}

/** What to do about a damaged file. */
export function replaceBy(official: string): string {
  return `Replace it by the file of ${official}`;
}

/** The header of a .npy file of bytes. Throws RangeError when the file is shorter or longer than the header says. */
export function readNpyHeader(file: string) {
  using opened = Deno.openSync(file);
  const head = new Uint8Array(HEADER_BYTES);
  const read = opened.readSync(head) ?? 0;
  const header = decodeNpyHeader(head.subarray(0, read));
  const wanted = header.start + header.shape.reduce((product, size) => product * size, 1);
  const { size } = opened.statSync();
  if (header.dtype === "|u1" && size !== wanted) {
    throw new RangeError(`It has ${size} bytes instead of ${wanted}`);
  }
  return header;
}

/**
 * The labels in a .npy file, one per image.
 *
 * @throws {DamagedDataError} unless they are `count` whole numbers of 0 .. classes - 1, at least one
 */
export function npyLabels(
  file: string,
  official: string,
  { shape, dtype, data }: NpyArray,
  { classes, count = data.length }: { classes: number; count?: number },
): Int32Array {
  const labels = Array.from<number | bigint, number>(data, Number);
  const wrong = labels.find((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (shape.length === 1 && count > 0 && labels.length === count && wrong === undefined) {
    return Int32Array.from(labels);
  }
  const found = wrong === undefined ? "" : `, ${wrong} among them`;
  throw new DamagedDataError(
    file,
    `wanted ${count || "some"} labels of 0 .. ${classes - 1}, it has ${dtype} [${
      shape.join(", ")
    }]${found}. ${replaceBy(official)}`,
  );
}
