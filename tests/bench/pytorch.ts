/** PyTorch as a child process that runs cases on demand, so that its start is not measured. */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { fileURLToPath } from "node:url";
import { ENDS_WITH_US } from "../../lib/runtime/mod.ts";

const SERVER = fileURLToPath(new URL("pytorch_server.py", import.meta.url));

/** What PyTorch did with a case. */
export interface PyTorchTime {
  /** The least time of one step. */
  milliseconds: number;
  /** Which of the case's variants was the fastest; "" where there is one only. */
  variant: string;
  /** What the first step took, where it was compiled then. */
  compileSeconds?: number;
}

/** An op of a step: its processor time in all its calls, without that of ops that it calls. */
export interface ProfiledOp {
  op: string;
  milliseconds: number;
  calls: number;
}

/** The running PyTorch; start it with {@linkcode startPyTorch}. */
export interface PyTorch {
  /** Its process. */
  readonly pid: number;
  /** Its version. */
  readonly version: string;
  /** Runs the case called `name` for `seconds`, as it is or compiled by torch.compile. */
  run(name: string, seconds: number, compiled?: boolean): Promise<PyTorchTime>;
  /** Runs it, and profiles a few of its steps. */
  profile(name: string, seconds: number): Promise<PyTorchTime & { ops: ProfiledOp[] }>;
  /** Ends the process. */
  stop(): Promise<void>;
}

/**
 * Starts PyTorch, on the CPU.
 *
 * @param python A Python that has PyTorch
 * @throws {Error} When it cannot be started, with its own message
 */
export async function startPyTorch(python: string, threads: number): Promise<PyTorch> {
  const child = new Deno.Command(python, {
    args: ["-W", "ignore", ...ENDS_WITH_US, SERVER, String(threads)],
    // torch.compile's workers would go on beside what is measured.
    env: {
      CUDA_VISIBLE_DEVICES: "",
      PYTHONDONTWRITEBYTECODE: "1",
      TORCHINDUCTOR_COMPILE_THREADS: "1",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // Node's type of the same stream differs from Deno's in what is optional.
  const output = Readable.fromWeb(child.stdout as unknown as ReadableStream);
  const lines = createInterface({ input: output })[Symbol.asyncIterator]();
  const stderr = new Response(child.stderr).text();

  async function answer<T>(): Promise<T> {
    const { value, done } = await lines.next();
    if (done) {
      const lastLine = (await stderr).trim().split("\n").at(-1);
      throw new Error(`its process ended: ${lastLine}`);
    }
    return JSON.parse(value);
  }

  async function ask<T>(request: object): Promise<T> {
    await writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    return await answer<T>();
  }

  const { torch } = await answer<{ torch: string }>();
  return {
    pid: child.pid,
    version: torch,
    run: (name, seconds, compiled = false) => ask({ name, seconds, compiled }),
    profile: (name, seconds) => ask({ name, seconds, profile: true }),
    stop: async () => {
      await writer.close();
      await child.status;
    },
  };
}
