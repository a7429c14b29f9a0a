/**
 * Stand-in for `jsr:@std/assert`, so that the tests run where only the npm registry can be reached.
 * In: the values a test compares. Out: nothing, or an AssertionError, as the real package throws it.
 * The names and signatures are those of @std/assert 1.x; remove the "links" line of deno.json to use the real one.
 */
export { equal } from "./equal.ts";
export * from "./assertions.ts";
export * from "./throws.ts";
export { AssertionError } from "./assertion_error.ts";
