/** Why a step cannot be captured, and where in the program that is. */

/** The error for a step of that name. */
export function notCapturable(step: string, reason: string): TypeError {
  return new TypeError(`${step} cannot be captured: ${reason}`);
}

/** Where the program is now; to be read by {@linkcode placeOf}, which takes long, when it is needed. */
export function here(): Error {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const error = new Error();
  Error.stackTraceLimit = before;
  return error;
}

/** Files that an op passes on its way from the code that wants it. */
const ENGINE =
  /node_modules|\/npm\/|^ext:|^node:|tensorflow\/(ops\/\w+|backend|capture|capture_error|kernel|record_step|step_inputs|step_recorder|variable)\.ts/;

/** The first line of code outside of the engine on the way there, for messages. */
export function placeOf(error: Error): string {
  const lines = (error.stack ?? "").split("\n").slice(1);
  const places = lines.map((line) => line.match(/\(?([^\s(]+\.[jt]s:\d+):\d+\)?$/)?.[1]);
  const place = places.find((place) => place && !ENGINE.test(place)) ?? "unknown place";
  return place.split("/").slice(-3).join("/");
}
