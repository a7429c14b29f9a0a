import { basename } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { startProgress } from "../progress/mod.ts";
import { ENDS_WITH_US, endWith } from "../runtime/mod.ts";
import { ensureJupyter, KERNEL, requireLoopback } from "./environment.ts";
import { readNotebook } from "./notebook.ts";

const SCRIPT = fileURLToPath(new URL("./execute_notebook.py", import.meta.url));

/** How a notebook is executed. */
export interface ExecuteOptions {
  /** Variables for the kernel, besides this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds that a cell may take; default: any. */
  readonly timeout?: number;
  /** The file that it is stored in; default: its own. */
  readonly output?: string;
}

interface Message {
  readonly cell?: number;
  readonly done?: boolean;
  readonly failed?: number;
  readonly source?: string;
  readonly error?: string;
  readonly unready?: string;
}

/**
 * Executes a notebook without a window, in its own folder, and stores it with its outputs.
 *
 * What is stored is replaced whole when every cell has run, and not touched otherwise. A kernel that does not come up is started
 * once more: its ports are chosen before it takes them, and another program can have taken one.
 *
 * @throws {Error} When a cell fails, with its number (counted from 1, as in a notebook's list of cells) and first line
 */
export async function executeNotebook(path: string, options: ExecuteOptions = {}) {
  const first = await runScript(path, options);
  const { last, text } = first.last.unready === undefined ? first : await runScript(path, options);
  if (last.failed !== undefined) {
    const firstLine = (last.source ?? "").trim().split("\n")[0];
    throw new Error(`${path}: cell ${last.failed + 1} (${firstLine}) failed: ${last.error}`);
  }
  if (!last.done) {
    const reason = last.unready ?? text.trim().split("\n").at(-1) ?? "";
    throw new Error(`${path} could not be executed: ${reason || "Jupyter ended early"}.`);
  }
}

/** Runs the script that executes a notebook, and shows how far it is: its last message, and what it wrote beside. */
async function runScript(
  path: string,
  options: ExecuteOptions,
): Promise<{ last: Message; text: string }> {
  await requireLoopback();
  const { python, env } = await ensureJupyter();
  const codeCells = (await readNotebook(path)).filter(({ isCode }) => isCode).length;
  const child = new Deno.Command(python, {
    args: [
      ...ENDS_WITH_US,
      SCRIPT,
      path,
      KERNEL,
      String(options.timeout ?? 0),
      options.output ?? path,
    ],
    env: { ...env, ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const progress = startProgress(`Executing ${basename(path)}`, codeCells, { unit: "cells" });
  const errors = new Response(child.stderr).text();
  const status = endWith(child);
  let last: Message = {};
  try {
    let started = 0;
    for await (const line of createInterface({ input: Readable.fromWeb(child.stdout as never) })) {
      last = JSON.parse(line);
      if (last.cell !== undefined) progress.update(started++);
    }
    if (last.done) progress.update(codeCells);
  } finally {
    progress.finish();
  }
  const text = await errors;
  await status;
  return { last, text };
}
