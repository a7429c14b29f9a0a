/** The error every failed assertion throws. */
export class AssertionError extends Error {
  override name = "AssertionError";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
