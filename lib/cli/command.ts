/**
 * What every task of deno.json has in common: `--help`, unknown flags are an error, errors are one line.
 *
 * Exit codes are alike for all: see {@linkcode exitCodes}.
 */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { resolve } from "node:path";
import { isFile } from "../files/mod.ts";
import { endWithTask, outliveTerminal, readOptions, sayAtInterrupt } from "../runtime/mod.ts";

export { Command, InvalidArgumentError, Option } from "commander";

/** What a command's end says; where a signal ended it, a shell's 128 + its number: 130 Ctrl-C, 143 SIGTERM, 129 SIGHUP. */
export const exitCodes = { done: 0, failed: 1, usage: 2, missingData: 3 } as const;

const AFTER_HELP =
  "\nExit codes: 0 done; 1 failed; 2 the command line, or a file or folder that it names, is wrong;\n" +
  "3 data is missing that was asked for; 130 ended by Ctrl-C, 143 by SIGTERM, 129 by the terminal's closing.";

const INTERRUPTED =
  "Stopped. Nothing is half-written: the same command goes on from what is stored, or begins anew.";

/** Thrown where a user's input cannot be used; {@linkcode runCommand} ends with exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Thrown where data is missing without which nothing that was asked for can be done. */
export class LackingDataError extends Error {
  override name = "LackingDataError";
}

/** A command named as it is called, e.g. `command("setup", "...")` for `deno task setup`. */
export function command(task: string, description: string): Command {
  return new Command(`deno task ${task}`)
    .description(description)
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", AFTER_HELP)
    .allowExcessArguments(false);
}

/**
 * Parses `args`, runs the command's action, and ends the process with its exit code when that is not 0. Where a `deno task`
 * runs it, it ends with that task, also with one that is killed.
 *
 * Errors are printed as `error: message`, without a stack; HEM_DEBUG=1 shows it.
 */
export async function runCommand(
  program: Command,
  args: readonly string[] = Deno.args,
) {
  outliveTerminal();
  using _ = endWithTask();
  using _said = sayAtInterrupt(INTERRUPTED);
  const code = await exitCode(program, args);
  if (code !== 0) Deno.exit(code);
}

/** As {@linkcode runCommand}, but returns the exit code. */
export async function exitCode(
  program: Command,
  args: readonly string[],
): Promise<number> {
  program.exitOverride();
  for (const subcommand of program.commands) subcommand.exitOverride();
  try {
    // A value that cannot be shows now, and not when TensorFlow is loaded.
    readOptions();
    await program.parseAsync([...args], { from: "user" });
    return Deno.exitCode;
  } catch (error) {
    // Commander has already printed its own message, or the help.
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    }
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    if (Deno.env.get("HEM_DEBUG") && error instanceof Error) {
      console.error(error.stack);
    }
    if (isMissingData(error)) return exitCodes.missingData;
    return isUsersInput(error) ? exitCodes.usage : exitCodes.failed;
  }
}

/** By name, since most commands do not load what throws the second. */
function isMissingData(error: unknown): boolean {
  return error instanceof Error && ["LackingDataError", "MissingDataError"].includes(error.name);
}

function isUsersInput(error: unknown): boolean {
  return error instanceof UsageError || error instanceof RangeError ||
    error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotCapable ||
    (error instanceof Error && "code" in error && error.code === "EROFS");
}

/**
 * Parses a path that is the user's, for commander's `.option(flags, description, userPath)`. `deno task` runs in the
 * project's folder, and says in INIT_CWD where the user stands.
 */
export function userPath(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") || Deno.cwd(), path);
}

/**
 * Parses a path of the user's that is a folder, or will be made one, for commander's `.option(flags, description, userFolder)`.
 */
export function userFolder(path: string): string {
  const resolved = userPath(path);
  if (isFile(resolved)) throw new InvalidArgumentError(`${resolved} is a file: name a folder.`);
  return resolved;
}

/** Parses an option that counts something, for commander's `.option(flags, description, positiveInteger)`. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError("Wanted an integer of 1 or more.");
  }
  return value;
}
