/** Whether a file lies there; links are followed. Throws what the system says where it may not be looked for. */
export function isFile(path: string): boolean {
  return statOf(path)?.isFile ?? false;
}

/** Whether a file or a folder lies there; a link that leads nowhere is nothing. Throws as `isFile`. */
export function isThere(path: string): boolean {
  return statOf(path) !== undefined;
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    const { NotADirectory, NotFound } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return undefined;
    throw error;
  }
}
