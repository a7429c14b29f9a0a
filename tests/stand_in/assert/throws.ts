import { AssertionError } from "./assertion_error.ts";

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** Fails unless `error` is an `ErrorClass` whose message includes `msgIncludes`. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  errorClass?: ErrorClass<E>,
  msgIncludes?: string | RegExp,
  msg?: string,
): asserts error is E {
  const suffix = msg === undefined ? "" : `: ${msg}`;
  if (!(error instanceof Error)) {
    throw new AssertionError(
      `Expected an Error, got ${String(error)}${suffix}`,
    );
  }
  if (errorClass !== undefined && !(error instanceof errorClass)) {
    const got = `${error.constructor.name}("${error.message}")`;
    throw new AssertionError(
      `Expected error to be instance of "${errorClass.name}", got ${got}${suffix}`,
    );
  }
  const wanted = msgIncludes;
  const found = wanted === undefined ||
    (typeof wanted === "string" ? error.message.includes(wanted) : wanted.test(error.message));
  if (!found) {
    throw new AssertionError(
      `Expected error message to include "${wanted}", got "${error.message}"${suffix}`,
    );
  }
}

/** Fails unless `fn` throws. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Fails unless `fn` throws an `ErrorClass` whose message includes `msgIncludes`. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  errorClassOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const [errorClass, note] = resolve(errorClassOrMsg, msg);
  try {
    fn();
  } catch (error) {
    if (errorClass !== undefined) {
      assertIsError(error, errorClass, msgIncludes, note);
    }
    return error;
  }
  throw new AssertionError(
    `Expected function to throw${note === undefined ? "." : `: ${note}`}`,
  );
}

/** Fails unless the promise of `fn` rejects. */
export function assertRejects(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): Promise<unknown>;
/** Fails unless the promise of `fn` rejects with an `ErrorClass` whose message includes `msgIncludes`. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  errorClassOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const [errorClass, note] = resolve(errorClassOrMsg, msg);
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (error) {
    throw new AssertionError("Function throws when expected to reject.", {
      cause: error,
    });
  }
  try {
    await promise;
  } catch (error) {
    if (errorClass !== undefined) {
      assertIsError(error, errorClass, msgIncludes, note);
    }
    return error;
  }
  throw new AssertionError(
    `Expected function to reject${note === undefined ? "." : `: ${note}`}`,
  );
}

function resolve(
  errorClassOrMsg: ErrorClass<Error> | string | undefined,
  msg: string | undefined,
): [ErrorClass<Error> | undefined, string | undefined] {
  return typeof errorClassOrMsg === "string"
    ? [undefined, errorClassOrMsg]
    : [errorClassOrMsg, msg];
}
