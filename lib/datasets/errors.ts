/** A data set, or one of its files, is not on this machine. The message says what to do. */
export class MissingDataError extends Error {
  override name = "MissingDataError";
  /** The data set's name, e.g. "kmnist". */
  readonly dataset: string;
  /** What the user can do about it, without the word that it is missing. */
  readonly whatToDo: string;

  constructor(dataset: string, { reason, whatToDo }: { reason: string; whatToDo: string }) {
    super(`Cannot load ${dataset}: ${reason}. ${whatToDo}`);
    this.dataset = dataset;
    this.whatToDo = whatToDo;
  }
}

/** A file is there but is not the official one: cut short, changed, or of another data set. */
export class DamagedDataError extends Error {
  override name = "DamagedDataError";
  /** The file's path. */
  readonly file: string;
  /** What is wrong with it. */
  readonly reason: string;

  constructor(file: string, reason: string) {
    super(`Cannot use ${file}: ${reason}`);
    this.file = file;
    this.reason = reason;
  }
}
