import { inspect } from "node:util";
import { AssertionError } from "./assertion_error.ts";
import { equal } from "./equal.ts";

// deno-lint-ignore no-explicit-any
type AnyConstructor = abstract new (...args: any[]) => any;

function show(value: unknown): string {
  return inspect(value, {
    depth: 10,
    maxArrayLength: 100,
    sorted: true,
    breakLength: 100,
  });
}

function check(
  condition: boolean,
  failure: () => string,
  msg: string | undefined,
): void {
  if (!condition) {
    throw new AssertionError(
      msg === undefined ? failure() : `${failure()}: ${msg}`,
    );
  }
}

/** Fails unless `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Fails unless `expr` is falsy. */
export function assertFalse(expr: unknown, msg?: string): void {
  check(!expr, () => `Expected a falsy value, got ${show(expr)}`, msg);
}

/** Fails unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  check(
    equal(actual, expected),
    () => `Values are not equal\n    actual:   ${show(actual)}\n    expected: ${show(expected)}\n`,
    msg,
  );
}

/** Fails when both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  check(
    !equal(actual, expected),
    () => `Expected values to differ, both are ${show(actual)}`,
    msg,
  );
}

/** Fails unless both are the same value (Object.is). */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  check(
    Object.is(actual, expected),
    () =>
      `Values are not strictly equal\n    actual:   ${show(actual)}\n    expected: ${
        show(expected)
      }\n`,
    msg,
  );
}

/** Fails when both are the same value (Object.is). */
export function assertNotStrictEquals<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  check(
    !Object.is(actual, expected),
    () => `Expected another value than ${show(actual)}`,
    msg,
  );
}

/** Fails unless |actual - expected| <= tolerance, by default 1e-7 of the expected value (1e-7 itself when that is 0). */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ??
    (Number.isFinite(expected) && expected !== 0 ? Math.abs(expected * 1e-7) : 1e-7);
  const delta = Math.abs(expected - actual);
  check(
    delta <= allowed,
    () =>
      `Expected actual ${actual} to be close to ${expected}: |difference| ${delta} > ${allowed}`,
    msg,
  );
}

/** Fails when `actual` is null or undefined. */
export function assertExists<T>(
  actual: T,
  msg?: string,
): asserts actual is NonNullable<T> {
  check(
    actual !== null && actual !== undefined,
    () => `Expected a value, got ${actual}`,
    msg,
  );
}

/** Fails unless `actual` contains `expected`. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void {
  check(
    actual.includes(expected),
    () => `Expected ${show(actual)} to contain ${show(expected)}`,
    msg,
  );
}

/** Fails unless `actual` matches `expected`. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void {
  check(
    actual.search(expected) >= 0,
    () => `Expected ${show(actual)} to match ${expected}`,
    msg,
  );
}

/** Fails when `actual` matches `expected`. */
export function assertNotMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void {
  check(
    actual.search(expected) < 0,
    () => `Expected ${show(actual)} not to match ${expected}`,
    msg,
  );
}

/** Fails unless actual > expected. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  check(
    actual > expected,
    () => `Expected ${show(actual)} > ${show(expected)}`,
    msg,
  );
}

/** Fails unless actual >= expected. */
export function assertGreaterOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  check(
    actual >= expected,
    () => `Expected ${show(actual)} >= ${show(expected)}`,
    msg,
  );
}

/** Fails unless actual < expected. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  check(
    actual < expected,
    () => `Expected ${show(actual)} < ${show(expected)}`,
    msg,
  );
}

/** Fails unless actual <= expected. */
export function assertLessOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  check(
    actual <= expected,
    () => `Expected ${show(actual)} <= ${show(expected)}`,
    msg,
  );
}

/** Fails unless each element of `expected` is in `actual`. */
export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  msg?: string,
): void {
  const here = Array.from(actual);
  const absent = Array.from(expected).filter((wanted) =>
    !here.some((value) => equal(value, wanted))
  );
  check(
    absent.length === 0,
    () => `Expected ${show(actual)} to include ${show(absent)}`,
    msg,
  );
}

/** Fails unless `actual` has the properties of `expected`, recursively. */
export function assertObjectMatch(
  // deno-lint-ignore no-explicit-any
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  check(
    matches(actual, expected),
    () => `Expected ${show(actual)} to match ${show(expected)}`,
    msg,
  );
}

function matches(actual: unknown, expected: unknown): boolean {
  if (
    expected === null || typeof expected !== "object" ||
    Object.getPrototypeOf(expected) !== Object.prototype
  ) {
    return Array.isArray(expected) && Array.isArray(actual)
      ? expected.length === actual.length &&
        expected.every((value, i) => matches(actual[i], value))
      : equal(actual, expected);
  }
  if (actual === null || typeof actual !== "object") return false;
  return Object.entries(expected).every(([key, value]) =>
    matches((actual as Record<string, unknown>)[key], value)
  );
}

/** Fails unless `actual` is an instance of `expectedType`. */
export function assertInstanceOf<T extends AnyConstructor>(
  actual: unknown,
  expectedType: T,
  msg?: string,
): asserts actual is InstanceType<T> {
  check(
    actual instanceof expectedType,
    () => `Expected an instance of ${expectedType.name}, got ${show(actual)}`,
    msg,
  );
}

/** Fails when `actual` is an instance of `unexpectedType`. */
export function assertNotInstanceOf<A, T>(
  actual: A,
  // deno-lint-ignore no-explicit-any
  unexpectedType: abstract new (...args: any[]) => T,
  msg?: string,
): asserts actual is Exclude<A, T> {
  check(
    !(actual instanceof unexpectedType),
    () => `Expected no ${unexpectedType.name}`,
    msg,
  );
}

/** Fails always. */
export function fail(msg?: string): never {
  throw new AssertionError(
    msg === undefined ? "Failed assertion." : `Failed assertion: ${msg}`,
  );
}

/** Fails when reached. */
export function unreachable(reason?: string): never {
  throw new AssertionError(
    reason === undefined ? "Unreachable." : `Unreachable: ${reason}`,
  );
}

/** Throws "Unimplemented". */
export function unimplemented(msg?: string): never {
  throw new AssertionError(
    msg === undefined ? "Unimplemented." : `Unimplemented: ${msg}`,
  );
}
