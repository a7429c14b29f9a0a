// Of dlfcn.h: symbols resolved at once, and a library that is never unloaded (Linux, macOS).
const RTLD_NOW = 2;
const RTLD_NODELETE = Deno.build.os === "darwin" ? 0x80 : 0x1000;

/**
 * Loads native libraries in this order, for good.
 *
 * Deno unloads what it loaded when a program ends, and TensorFlow's libraries crash at that where nothing else holds them:
 * when the addon could not be loaded, or the program ends before. So they are also opened as never to be unloaded; a C
 * library that cannot do so (before glibc 2.34) goes on as before.
 *
 * @throws {Error} When one cannot be loaded
 */
export function loadLibraries(paths: readonly string[], libc: string) {
  for (const path of paths) Deno.dlopen(path, {});
  try {
    const { symbols } = Deno.dlopen(libc, {
      dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
    });
    for (const path of paths) {
      symbols.dlopen(new TextEncoder().encode(`${path}\0`), RTLD_NOW | RTLD_NODELETE);
    }
  } catch {
    // As said above.
  }
}
