import { assertEquals, assertThrows } from "@std/assert";
import { decodeCifarBinary, decodeSafetensors } from "../../lib/formats/mod.ts";

// What NumPy reads: made by tests/oracles/input_pipeline.py; the file names the versions.
const { tensors } = decodeSafetensors(
  Deno.readFileSync(new URL("../fixtures/datasets/cifar_binary.safetensors", import.meta.url)),
);
const bytesOf = (name: string) => tensors.get(name)!.data as Uint8Array;

Deno.test("decodeCifarBinary() reads what NumPy reads, the fine label of CIFAR100", () => {
  for (const [name, labelBytes] of [["cifar10", 1], ["cifar100", 2]] as const) {
    const { pixels, labels } = decodeCifarBinary(bytesOf(`${name}.file`), labelBytes);
    assertEquals(labels, bytesOf(`${name}.labels`), name);
    assertEquals(pixels, bytesOf(`${name}.pixels`), name);
  }
});

Deno.test("decodeCifarBinary() refuses what is no whole number of records", () => {
  const file = bytesOf("cifar10.file");
  for (const bytes of [file.subarray(1), new Uint8Array(), new Uint8Array([...file, 0])]) {
    assertThrows(
      () => decodeCifarBinary(bytes, 1),
      RangeError,
      `wanted records of 3073 bytes each, got ${bytes.length} bytes`,
    );
  }
  assertThrows(() => decodeCifarBinary(file, 2), RangeError, "records of 3074 bytes");
});
