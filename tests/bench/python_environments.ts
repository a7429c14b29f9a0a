/** The Pythons that the benchmarks compare with, each in a virtual environment of its own below .runtime/. */
import { fileURLToPath } from "node:url";
import { withLock } from "../../lib/files/mod.ts";
import { log } from "../../lib/progress/mod.ts";
import {
  isInstalled,
  makeVirtualEnvironment,
  makeWritable,
  pythonOf,
  RUNTIME,
} from "../../lib/runtime/mod.ts";

/** What can be compared with. */
export type Peer = keyof typeof peers;

const peers = {
  pytorch: {
    name: "PyTorch",
    requirements: "requirements.txt",
    // Measured on Linux x86-64, where the package index's PyTorch brings CUDA's libraries; one without is 1000.
    megabytes: 9000,
    downloaded: "up to 3 GB",
  },
  avalanche: {
    name: "avalanche-lib",
    requirements: "avalanche_requirements.txt",
    // PyTorch's, and avalanche-lib's own requirements.
    megabytes: 9500,
    downloaded: "up to 3.5 GB",
  },
} as const;

/** The Python of a peer's virtual environment, or undefined when it has to be made. */
export function installedPeer(peer: Peer): string | undefined {
  const { folder, requirements } = placeOf(peer);
  return isInstalled(folder, requirements) ? pythonOf(folder) : undefined;
}

/**
 * Makes the virtual environment with the peer's pinned packages; returns its Python.
 *
 * @throws {Error} With what is missing and what to do
 */
export async function setUpPeer(peer: Peer): Promise<string> {
  const { folder, requirements } = placeOf(peer);
  const { name, megabytes, downloaded } = peers[peer];
  await makeWritable(RUNTIME);
  await withLock(`${folder}.lock`, async () => {
    if (installedPeer(peer) !== undefined) return;
    const label = `Installing ${name} (${downloaded} are downloaded)`;
    await makeVirtualEnvironment({ name, folder, requirements, megabytes, label });
  }, { onWait: () => log(`Another process is setting up ${name} here; waiting for it ...`) });
  return pythonOf(folder);
}

function placeOf(peer: Peer): { folder: string; requirements: string } {
  const requirements = fileURLToPath(new URL(peers[peer].requirements, import.meta.url));
  return { folder: `${RUNTIME}/${peer}`, requirements };
}
