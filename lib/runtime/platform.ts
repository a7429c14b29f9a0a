import { isThere } from "../files/mod.ts";

/** The platforms that TensorFlow's wheels exist for. */
export type PlatformName = "linux-x86_64" | "linux-aarch64" | "macos-arm64";

/** How a platform's wheels and libraries are named. */
export interface Platform {
  readonly name: PlatformName;
  /** pip's `--platform` tags whose wheels run here, the oldest systems last. */
  readonly tags: readonly string[];
  readonly libraries: {
    readonly framework: string;
    readonly tensorflow: string;
  };
  /** The C library that has dup2. */
  readonly libc: string;
}

const LINUX_LIBRARIES = {
  framework: "libtensorflow_framework.so.2",
  tensorflow: "libtensorflow_cc.so.2",
};

const PLATFORMS: Readonly<Record<string, Platform>> = {
  "linux-x86_64": {
    name: "linux-x86_64",
    tags: manylinux("x86_64", ["_2_12", "2010"]),
    libraries: LINUX_LIBRARIES,
    libc: "libc.so.6",
  },
  "linux-aarch64": {
    name: "linux-aarch64",
    tags: manylinux("aarch64", []),
    libraries: LINUX_LIBRARIES,
    libc: "libc.so.6",
  },
  "darwin-aarch64": {
    name: "macos-arm64",
    tags: ["macosx_12_0_arm64"],
    libraries: {
      framework: "libtensorflow_framework.2.dylib",
      tensorflow: "libtensorflow_cc.2.dylib",
    },
    libc: "/usr/lib/libSystem.B.dylib",
  },
};

function manylinux(machine: string, older: readonly string[]): string[] {
  return ["_2_27", "_2_17", "2014", ...older].map((tag) => `manylinux${tag}_${machine}`);
}

/**
 * The platform of this process.
 *
 * @throws {Error} When there is no TensorFlow wheel for it
 */
export function hostPlatform(
  { os, arch }: { os: string; arch: string } = Deno.build,
): Platform {
  const platform = PLATFORMS[`${os}-${arch}`];
  if (!platform) {
    throw new Error(
      `TensorFlow runs here on Linux x86-64, Linux aarch64 and macOS arm64; this is ${os} ${arch}. ` +
        "On Windows, use the Windows Subsystem for Linux; on a Mac with an Intel processor, a Linux container.",
    );
  }
  return platform;
}

/** Whether this machine has an NVIDIA driver, so that CUDA can work. */
export function hasNvidiaDriver(): boolean {
  if (Deno.build.os !== "linux") return false;
  // The kernel module's own file; absent under the Windows Subsystem for Linux, which has the driver's library instead.
  return ["/proc/driver/nvidia/version", "/usr/lib/wsl/lib/libcuda.so.1"].some(
    isThere,
  ) ||
    (Deno.env.get("PATH") ?? "").split(":").some((folder) => isReadable(`${folder}/nvidia-smi`));
}

/** Whether a file of the PATH is there; folders into which we may not look have none for us. */
function isReadable(path: string): boolean {
  try {
    return isThere(path);
  } catch {
    return false;
  }
}
