// From glibc's malloc.h.
const [TRIM_THRESHOLD, MMAP_MAX] = [-1, -4];

/**
 * Lets the C library keep the memory that a step frees for the next one.
 *
 * glibc gives every freed block of more than 32 MB back to the system at once; the next step's tensors then are new pages,
 * which the system clears one by one: up to a third of a large network's step. Where the C library is another one nothing
 * changes.
 *
 * @returns Whether the C library took it
 */
export function keepFreedMemory(libc: string): boolean {
  try {
    const library = Deno.dlopen(libc, { mallopt: { parameters: ["i32", "i32"], result: "i32" } });
    const { mallopt } = library.symbols;
    const taken = mallopt(MMAP_MAX, 0) === 1 && mallopt(TRIM_THRESHOLD, 2 ** 31 - 1) === 1;
    library.close();
    return taken;
  } catch {
    return false;
  }
}
