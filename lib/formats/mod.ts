// File formats: bytes to typed arrays and back.
// In: the bytes of a file. Out: typed arrays with their shapes.
// Nothing here opens a file or knows a path; bytes that break a format's rules are a clear error.
export { type CifarImages, decodeCifarBinary } from "./cifar_binary.ts";
export { decodeIdx, type IdxArray } from "./idx.ts";
export { decodeMat, type MatNumbers, type MatValue } from "./mat.ts";
export { encodeMatBytes } from "./encode_mat.ts";
export { decodeNpy, decodeNpyHeader, type NpyArray, type NpyDtype } from "./npy.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  type StoredDtype,
  type StoredTensor,
  toFloat32,
} from "./safetensors.ts";
