/** What is in the context's tensors, by the numbers that the addon calls them by. */
import { deleteTensor, readInts } from "./backend.ts";
import { c, checked, execute, handleOf } from "./c_api.ts";

/** The shape of a tensor. */
export function shapeOfTensor(id: number): number[] {
  const [same] = execute("Identity", null, [id], 1);
  deleteTensor(same!.id);
  return same!.shape;
}

/** The shape of the variable with that handle. */
export function shapeOfVariable(handle: number): number[] {
  const [shape] = execute("VariableShape", null, [handle], 1);
  const sizes = [...readInts(shape!.id)];
  deleteTensor(shape!.id);
  return sizes;
}

/** The values of a tensor, and TensorFlow's number of their type. */
export function valuesOf(id: number): { bytes: Uint8Array; dtype: number } {
  const handle = handleOf(id);
  const tensor = checked((status) => c.TFE_TensorHandleResolve(handle, status));
  const bytes = new Uint8Array(Number(c.TF_TensorByteSize(tensor)));
  const data = c.TF_TensorData(tensor);
  if (data !== null && bytes.length > 0) new Deno.UnsafePointerView(data).copyInto(bytes);
  c.TF_DeleteTensor(tensor);
  return { bytes, dtype: c.TFE_TensorHandleDataType(handle) };
}
