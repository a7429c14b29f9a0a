/** What may be wrong with what a metric is given. */

/**
 * Checks that there are numbers to read, where JavaScript would count the length of anything else as undefined.
 *
 * @param what They are, for the message: "logits", "labels"
 * @throws {TypeError} for anything but an array or a typed array
 */
export function checkArray(values: unknown, what: string): void {
  if (Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView))) {
    return;
  }
  const given = values instanceof Promise
    ? "a promise; await it"
    : typeof values === "object" && values !== null
    ? `an object (${values.constructor?.name ?? "without a class"}); of a tensor, await its data()`
    : typeof values;
  throw new TypeError(`Wanted ${what} in an array or a typed array, got ${given}`);
}

/**
 * Checks that labels are classes: one that is none would count as classified wrongly, unseen.
 *
 * @throws {TypeError} for anything but an array or a typed array
 * @throws {RangeError} naming the first label that is no whole number in 0 to classes - 1
 */
export function checkLabels(labels: ArrayLike<number>, classes: number): void {
  checkArray(labels, "labels");
  for (let i = 0; i < labels.length; i++) {
    if (isClass(labels[i]!, classes)) continue;
    throw new RangeError(
      `Label ${i} is ${labels[i]}: wanted a whole number in 0 to ${classes - 1}, the classes`,
    );
  }
}

/** Whether a label is one of the classes: false for NaN and fractions. */
export function isClass(label: number, classes: number): boolean {
  return (label | 0) === label && label >= 0 && label < classes;
}
