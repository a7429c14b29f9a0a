/**
 * The one table of what the runtime is made of: wheels with their versions, sizes and SHA-256 hashes.
 *
 * The versions of TensorFlow are tied to the addon's C API, those of CUDA and cuDNN to the ones that
 * `tensorflow[and-cuda]` of that version asks for (resolved by pip). Only C++ libraries are used, so the Python
 * version of a wheel's name need not be the one installed.
 */
import type { PlatformName } from "./platform.ts";

/** A file of a package index, pinned. */
export interface Wheel {
  /** The distribution's name and version, as pip takes them. */
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** Its size in MB (10^6 bytes), and that of what is kept of it, unpacked. */
  readonly downloadMB: number;
  readonly unpackedMB: number;
  /** The folder inside that is kept, e.g. "nvidia/cublas". */
  readonly root: string;
  /** Which members below `root` are kept, as prefixes. */
  readonly keep: readonly string[];
}

/** The TensorFlow that everything here is built on. */
export const TENSORFLOW_VERSION = "2.21.0";

// The libraries, and the headers that the addon's sources include (tensorflow/c, and what tensorflow/c includes).
const TENSORFLOW = {
  version: TENSORFLOW_VERSION,
  root: "tensorflow",
  keep: [
    "libtensorflow_cc.",
    "libtensorflow_framework.",
    "include/tensorflow/c/",
    "include/tensorflow/core/platform/",
    "include/xla/tsl/",
    "include/tsl/",
  ],
} as const;

/** TensorFlow without CUDA. On Linux aarch64 and macOS the wheel named `tensorflow` is one without CUDA. */
export const CPU_WHEELS: Readonly<Record<PlatformName, readonly Wheel[]>> = {
  "linux-x86_64": [{
    ...TENSORFLOW,
    name: "tensorflow-cpu",
    sha256: "dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb",
    downloadMB: 274,
    unpackedMB: 860,
  }],
  "linux-aarch64": [{
    ...TENSORFLOW,
    name: "tensorflow",
    sha256: "b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552",
    downloadMB: 282,
    unpackedMB: 900,
  }],
  "macos-arm64": [{
    ...TENSORFLOW,
    name: "tensorflow",
    sha256: "56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712",
    downloadMB: 223,
    unpackedMB: 800,
  }],
};

/** TensorFlow with CUDA 12 and cuDNN 9, for Linux x86-64. */
export const CUDA_WHEELS: readonly Wheel[] = [
  {
    ...TENSORFLOW,
    name: "tensorflow",
    sha256: "b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0",
    downloadMB: 573,
    unpackedMB: 1266,
  },
  nvidia(
    "cublas",
    "12.9.3.13",
    [581, 856],
    "d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72",
  ),
  nvidia(
    "cuda-cupti",
    "12.8.90",
    [10, 42],
    "ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182",
  ),
  nvidia(
    "cuda-nvcc",
    "12.9.86",
    [41, 99],
    "5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0",
    ["bin/", "nvvm/"],
  ),
  nvidia(
    "cuda-nvrtc",
    "12.9.86",
    [90, 228],
    "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
  ),
  nvidia(
    "cuda-runtime",
    "12.9.79",
    [3, 6],
    "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3",
  ),
  nvidia(
    "cudnn",
    "9.28.0.42",
    [717, 1163],
    "9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375",
  ),
  nvidia(
    "cufft",
    "11.4.1.4",
    [201, 294],
    "c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28",
  ),
  nvidia(
    "curand",
    "10.3.10.19",
    [68, 167],
    "49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e",
  ),
  nvidia(
    "cusolver",
    "11.7.5.82",
    [338, 495],
    "15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88",
  ),
  nvidia(
    "cusparse",
    "12.5.10.65",
    [366, 487],
    "73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78",
  ),
  nvidia(
    "nccl",
    "2.32.3",
    [352, 490],
    "bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c",
  ),
  nvidia(
    "nvjitlink",
    "12.9.86",
    [40, 96],
    "e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9",
  ),
];

/** A C++ compiler for where none is installed: zig, with clang inside. */
export const ZIG_WHEELS: Readonly<Record<PlatformName, Wheel>> = {
  "linux-x86_64": zig(
    "9fcda73f62b851dd72a54b710ad40a209896db14cfb13649e62191243556342b",
  ),
  "linux-aarch64": zig(
    "e27d409812b11e0fb89ed0200cf2e55b6464d43f9461553104e4a4f9a94a1fd5",
  ),
  "macos-arm64": zig(
    "b61e5413c49508d9d62e5dcea543e3af491594154d74a00ff52f84ed508260cc",
  ),
};

function nvidia(
  library: string,
  version: string,
  [downloadMB, unpackedMB]: readonly [number, number],
  sha256: string,
  keep: readonly string[] = ["lib/"],
): Wheel {
  const root = `nvidia/${library.replaceAll("-", "_")}`;
  return {
    name: `nvidia-${library}-cu12`,
    version,
    sha256,
    downloadMB,
    unpackedMB,
    root,
    keep,
  };
}

function zig(sha256: string): Wheel {
  return {
    name: "ziglang",
    version: "0.16.0",
    sha256,
    downloadMB: 100,
    unpackedMB: 400,
    root: "ziglang",
    keep: [""],
  };
}
