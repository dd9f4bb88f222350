/** What a block in Snappy's raw format says it unpacks to: checked before anything is allocated for it. */

/** The little-endian base-128 number in front of a block; undefined when it does not end or exceeds 32 bits. */
export function snappyLength(bytes: Uint8Array): number | undefined {
  let length = 0;
  for (let at = 0; at < Math.min(5, bytes.length); at++) {
    length += (bytes[at]! & 0x7f) * 2 ** (7 * at);
    if (bytes[at]! < 0x80) return length < 2 ** 32 ? length : undefined;
  }
  return undefined;
}
