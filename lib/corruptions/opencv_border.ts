/** The place that stands for `at`, mirrored about the outermost elements: OpenCV's BORDER_REFLECT_101, (c b | a b c | b a). */
export function reflect101(at: number, length: number): number {
  if (at >= 0 && at < length) return at;
  const period = 2 * (length - 1);
  const within = ((at % period) + period) % period;
  return within < length ? within : period - within;
}
