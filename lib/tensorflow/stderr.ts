import { isThere } from "../files/mod.ts";

/**
 * Runs `action` with the process's file descriptor 2 led into a file, and returns what native code wrote there.
 *
 * TensorFlow's libraries print before their own logging can be told to be quiet, and straight to the descriptor. Where
 * it cannot be redirected (no temporary file, another C library), `action` runs all the same, and nothing is caught.
 *
 * @param libc The C library, whose `dup2` does it
 */
export async function catchStderr<T>(
  libc: string,
  action: () => Promise<T>,
): Promise<{ result: { value: T } | { error: unknown }; text: string }> {
  const redirection = redirect(libc);
  let result: { value: T } | { error: unknown };
  try {
    result = { value: await action() };
  } catch (error) {
    result = { error };
  }
  return { result, text: redirection?.restore() ?? "" };
}

function redirect(libc: string): { restore(): string } | undefined {
  let path: string | undefined;
  try {
    path = Deno.makeTempFileSync({ prefix: "tensorflow-" });
    const library = Deno.dlopen(libc, {
      dup: { parameters: ["i32"], result: "i32" },
      dup2: { parameters: ["i32", "i32"], result: "i32" },
      close: { parameters: ["i32"], result: "i32" },
      creat: { parameters: ["buffer", "u32"], result: "i32" },
    });
    const { symbols } = library;
    const file = symbols.creat(new TextEncoder().encode(`${path}\0`), 0o600);
    const saved = symbols.dup(2);
    if (file < 0 || saved < 0) throw new Error("no descriptor is free");
    symbols.dup2(file, 2);
    symbols.close(file);
    // Without a name nothing is left of it, however this process ends.
    const reader = Deno.openSync(path);
    Deno.removeSync(path);
    return {
      restore() {
        symbols.dup2(saved, 2);
        symbols.close(saved);
        library.close();
        const bytes = new Uint8Array(reader.statSync().size);
        for (let at = 0; at < bytes.length;) at += reader.readSync(bytes.subarray(at)) ?? Infinity;
        reader.close();
        return new TextDecoder().decode(bytes);
      },
    };
  } catch {
    if (path && isThere(path)) Deno.removeSync(path);
    return undefined;
  }
}
