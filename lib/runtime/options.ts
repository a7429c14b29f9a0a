/**
 * What a user can set about TensorFlow, read from the environment in this one place, before it is loaded.
 *
 * | variable | meaning |
 * |---|---|
 * | HEM_TENSORFLOW | `cpu` or `cuda` forces a build; `auto` takes CUDA where there is an NVIDIA driver |
 * | HEM_THREADS | threads inside an op (default: all cores) |
 * | HEM_INTEROP_THREADS | ops that may run at once (default: TensorFlow's) |
 * | HEM_GPU_GROWTH | `0`: take the GPU's memory whole at the start; `1` (default): as needed |
 * | HEM_TF32 | `1`: products of float32 on a GPU may round their factors to TF32's 10 bits; `0` (default): they may not |
 *
 * TensorFlow's own TF_NUM_INTRAOP_THREADS and TF_NUM_INTEROP_THREADS hold where HEM_THREADS and HEM_INTEROP_THREADS are not set.
 */

/** Which build of TensorFlow. */
export type Build = "cpu" | "cuda";

/** The user's settings; see the table above. */
export interface RuntimeOptions {
  readonly build: Build | "auto";
  readonly threads: number | undefined;
  readonly interOpThreads: number | undefined;
  readonly gpuGrowth: boolean;
  readonly tf32: boolean;
}

/**
 * Reads the settings.
 *
 * @throws {RangeError} When a variable has a value that it cannot have
 */
export function readOptions(
  get: (name: string) => string | undefined = (name) => Deno.env.get(name),
): RuntimeOptions {
  return {
    build: oneOf("HEM_TENSORFLOW", ["auto", "cpu", "cuda"], get) as
      | Build
      | "auto",
    threads: count("HEM_THREADS", get) ?? count("TF_NUM_INTRAOP_THREADS", get, 0),
    interOpThreads: count("HEM_INTEROP_THREADS", get) ?? count("TF_NUM_INTEROP_THREADS", get, 0),
    gpuGrowth: oneOf("HEM_GPU_GROWTH", ["1", "0"], get) === "1",
    tf32: oneOf("HEM_TF32", ["0", "1"], get) === "1",
  };
}

/** Hands the settings to TensorFlow, which reads its own variables once, when it is loaded. */
export function applyOptions(options: RuntimeOptions) {
  if (options.threads) {
    Deno.env.set("TF_NUM_INTRAOP_THREADS", String(options.threads));
  }
  if (options.interOpThreads) {
    Deno.env.set("TF_NUM_INTEROP_THREADS", String(options.interOpThreads));
  }
  if (!Deno.env.get("TF_FORCE_GPU_ALLOW_GROWTH")) {
    Deno.env.set("TF_FORCE_GPU_ALLOW_GROWTH", String(options.gpuGrowth));
  }
  // Read by NVIDIA's own libraries, whatever TensorFlow asks of them.
  if (!options.tf32) Deno.env.set("NVIDIA_TF32_OVERRIDE", "0");
  // Of kernels that give other last bits each time on a GPU TensorFlow takes others, or says that there is none.
  Deno.env.set("TF_DETERMINISTIC_OPS", "1");
  // TensorFlow leaves oneDNN off on CPUs without AVX-512, where its convolutions are two to four times faster as well.
  if (!Deno.env.get("TF_ENABLE_ONEDNN_OPTS")) Deno.env.set("TF_ENABLE_ONEDNN_OPTS", "1");
  if (!wantsLog()) Deno.env.set("TF_CPP_MIN_LOG_LEVEL", ERRORS_ONLY);
}

// TensorFlow's own levels: 0 all, 1 no information, 2 errors only. A child process inherits it from its parent.
const ERRORS_ONLY = "2";

/** Whether the user asks for TensorFlow's log, by setting TF_CPP_MIN_LOG_LEVEL to another level. */
export function wantsLog(): boolean {
  return (Deno.env.get("TF_CPP_MIN_LOG_LEVEL") ?? ERRORS_ONLY) !== ERRORS_ONLY;
}

/** Whether products of float32 on a GPU may be in TF32. */
export function mayUseTf32(): boolean {
  return Deno.env.get("NVIDIA_TF32_OVERRIDE") !== "0";
}

/** The threads that TensorFlow computes one op with. */
export function threadCount(): number {
  return Number(Deno.env.get("TF_NUM_INTRAOP_THREADS")) ||
    navigator.hardwareConcurrency;
}

// More than any machine has cores; TensorFlow ends the process where it cannot start so many.
const MOST_THREADS = 1024;

type Get = (name: string) => string | undefined;

function oneOf(
  name: string,
  values: readonly [string, ...string[]],
  get: Get,
): string {
  const value = get(name) || values[0];
  if (!values.includes(value)) {
    throw new RangeError(
      `${name} can be ${values.join(", ")}; it is "${value}".`,
    );
  }
  return value;
}

/** Of TensorFlow's own variables 0 leaves it to TensorFlow. */
function count(name: string, get: Get, least: 0 | 1 = 1): number | undefined {
  const text = get(name);
  if (!text) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > MOST_THREADS) {
    throw new RangeError(
      `${name} is a number of threads, ${least} to ${MOST_THREADS}; it is "${text}".`,
    );
  }
  return value;
}
