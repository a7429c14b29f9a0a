type Keyed = Record<PropertyKey, unknown>;

/** Deep equality as @std/assert defines it: same constructor, own keys and values; NaN equals NaN and 0 equals -0. */
export function equal(a: unknown, b: unknown): boolean {
  return compare(a, b, new Map());
}

function compare(a: unknown, b: unknown, seen: Map<unknown, unknown>): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (
    typeof a !== "object" || typeof b !== "object" || a === null || b === null
  ) return false;
  if (seen.get(a) === b) return true;
  if (a.constructor !== b.constructor && a.constructor && b.constructor) {
    return false;
  }
  if (a instanceof Date && b instanceof Date) {
    return Object.is(a.getTime(), b.getTime());
  }
  if (a instanceof RegExp || a instanceof URL) return String(a) === String(b);
  if (a instanceof WeakMap || a instanceof WeakSet || a instanceof WeakRef) {
    throw new TypeError(`Cannot compare ${a.constructor.name} instances`);
  }
  if (ArrayBuffer.isView(a)) {
    return compareElements(a as Uint8Array, b as Uint8Array);
  }
  seen.set(a, b);
  if (a instanceof Map && b instanceof Map) return compareMaps(a, b, seen);
  if (a instanceof Set && b instanceof Set) return compareSets(a, b, seen);
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  const keys = Reflect.ownKeys(a).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(a, key)
  );
  const others = Reflect.ownKeys(b).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(b, key)
  );
  if (keys.length !== others.length) return false;
  if (a instanceof Error && b instanceof Error && a.message !== b.message) {
    return false;
  }
  return keys.every((key) => key in b && compare((a as Keyed)[key], (b as Keyed)[key], seen));
}

function compareElements(
  a: ArrayLike<unknown>,
  b: ArrayLike<unknown>,
): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && !Object.is(a[i], b[i])) return false;
  }
  return true;
}

function compareMaps(
  a: Map<unknown, unknown>,
  b: Map<unknown, unknown>,
  seen: Map<unknown, unknown>,
): boolean {
  if (a.size !== b.size) return false;
  const others = [...b];
  return [...a].every(([key, value]) => {
    const same = b.has(key) && compare(value, b.get(key), seen);
    return same ||
      others.some(([k, v]) => compare(key, k, seen) && compare(value, v, seen));
  });
}

function compareSets(
  a: Set<unknown>,
  b: Set<unknown>,
  seen: Map<unknown, unknown>,
): boolean {
  if (a.size !== b.size) return false;
  const others = [...b];
  return [...a].every((value) => b.has(value) || others.some((o) => compare(value, o, seen)));
}
