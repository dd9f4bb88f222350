import type { GuestSpec } from '@overbook/sim';

/**
 * The same guests with all their arrays in memory that threads share: recordings and traces are decoded once, here, and
 * worker threads are sent them without a copy. What several guests have in common stays common.
 */
export function sharedGuests(guests: readonly GuestSpec[]): readonly GuestSpec[] {
  return sharedCopy(guests);
}

/** Plain data with all its arrays in memory that threads share. */
export function sharedCopy<T>(value: T): T {
  return shared(value, new Map()) as T;
}

/** @param known what has been shared already */
function shared(value: unknown, known: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const before = known.get(value);
  if (before !== undefined) return before;
  if (ArrayBuffer.isView(value)) {
    const copy = sharedArray(value as TypedArray);
    known.set(value, copy);
    return copy;
  }
  const copy: object = Array.isArray(value) ? [] : {};
  known.set(value, copy);
  // A recording that is decoded at its first use is decoded here.
  for (const [key, inner] of Object.entries(value))
    (copy as Record<string, unknown>)[key] = shared(inner, known);
  return copy;
}

type TypedArray = Uint8Array | Uint16Array | Uint32Array | Float64Array;

function sharedArray(array: TypedArray): TypedArray {
  const Kind = array.constructor as new (buffer: SharedArrayBuffer) => TypedArray;
  const copy = new Kind(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}
