// Files and folders: whether they are there, writing them whole, locking them, removing them, and what a disk refuses.
// In: paths. Out: answers and files; a reader never meets half of one.
// Every room may use this one, and it uses none.
export { isFile, isThere } from "./exists.ts";
export { writeAtomically } from "./write_atomically.ts";
export { withLock } from "./lock.ts";
export { removeIfThere } from "./remove.ts";
export { sweepTemporary } from "./sweep.ts";
export { UnusableFileError } from "./unusable.ts";
export { replaceFolder } from "./replace_folder.ts";
export { DiskFullError, freeBytes, isDiskFull, isNotWritable, needRoom } from "./disk.ts";
