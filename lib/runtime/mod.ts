// What this project runs on besides npm packages: TensorFlow's libraries and addon, and Python to fetch them.
// In: pinned versions and hashes, the user's settings. Out: files in .runtime, complete or not there at all.
// Nothing here loads TensorFlow, so that it can tell what is missing.
export {
  makeWritable,
  openToReaders,
  PROJECT,
  readableError,
  requireOwn,
  RUNTIME,
} from "./folder.ts";
export { needSpace } from "./disk.ts";
export {
  applyOptions,
  type Build,
  mayUseTf32,
  readOptions,
  type RuntimeOptions,
  threadCount,
  wantsLog,
} from "./options.ts";
export { hasNvidiaDriver, hostPlatform, type Platform, type PlatformName } from "./platform.ts";
export {
  type EndingSignal,
  endWith,
  endWithTask,
  exitCodeOf,
  onEnding,
  sayAtInterrupt,
} from "./ending.ts";
export { ENDS_WITH_US, findPython, type Python, runQuietly } from "./python.ts";
export {
  chooseBuild,
  ensureTensorFlow,
  installedTensorFlow,
  rememberBuild,
  type TensorFlow,
} from "./tensorflow.ts";
export { outliveTerminal } from "./terminal.ts";
export {
  makeTemporaryFolder,
  type TemporaryFolder,
  withTemporaryFolder,
} from "./temporary_folder.ts";
export { isInstalled, makeVirtualEnvironment, pythonOf } from "./virtual_environment.ts";
export { TENSORFLOW_VERSION } from "./wheels.ts";
