/** Finding labels that a network has no class for, where they enter: on a GPU, no kernel would. */

/**
 * Checks that labels are classes.
 *
 * @param options.of What the labels are of, for the message
 * @throws {RangeError} naming the first that is not in 0 to classes - 1, nor the label to ignore
 */
export function checkLabels(
  labels: ArrayLike<number>,
  classes: number,
  options: { of: string; ignoreLabel?: number },
): void {
  const { of, ignoreLabel } = options;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if ((label >= 0 && label < classes) || label === ignoreLabel) continue;
    throw new RangeError(
      `Cannot train on ${of}: label ${i} is ${label}, and the network has ${classes} classes, 0 to ${
        classes - 1
      }`,
    );
  }
}
