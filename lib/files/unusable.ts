/** A file that work cannot go on from: damaged, or of other work. Nothing of it was used. */
export class UnusableFileError extends TypeError {
  override name = "UnusableFileError";
  /** The file, or the folder where its other files are of no use without it. */
  readonly file: string;
  readonly reason: string;

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`Cannot resume from ${file}: ${reason}; move it away to start anew`, options);
    this.file = file;
    this.reason = reason;
  }
}
