/** A .npy file as NumPy writes it: format 1.0, its header padded to 128 bytes. */
export function npy(dtype: string, shape: number[], data: Uint8Array): Uint8Array {
  const shown = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${shown}), }`;
  const out = new Uint8Array(128 + data.length);
  out.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, 118, 0]);
  out.set(new TextEncoder().encode(dictionary.padEnd(117) + "\n"), 10);
  out.set(data, 128);
  return out;
}
