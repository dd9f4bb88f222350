/** The obvious recount of images: whole contents as keys of a Map, no hashing of ours, nothing clever. */

export interface Recounted {
  readonly pages: number;
  readonly zeroPages: number;
  readonly distinctContents: number;
  readonly pagesShared: number;
  readonly pagesSharing: number;
  readonly pagesUnshared: number;
  readonly savedNonZeroPages: number;
}

const ZERO = Buffer.alloc(4096).toString('latin1');

/** How often each content stands in these images. */
export function contentsOf(images: readonly Uint8Array[]): Map<string, number> {
  const contents = new Map<string, number>();
  for (const image of images) {
    const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
    for (let at = 0; at < bytes.length; at += 4096) {
      const content = bytes.toString('latin1', at, at + 4096);
      contents.set(content, (contents.get(content) ?? 0) + 1);
    }
  }
  return contents;
}

/** Counts as KSM would settle, one page after the other: a frame takes pages until it has `limit` of them. */
export function recount(contents: ReadonlyMap<string, number>, limit = Number.POSITIVE_INFINITY): Recounted {
  let pages = 0;
  let pagesShared = 0;
  let pagesSharing = 0;
  let pagesUnshared = 0;
  let zeroSharing = 0;
  for (const [content, count] of contents) {
    pages += count;
    const frames: number[] = [];
    for (let page = 0; page < count; page++) {
      const last = frames.length - 1;
      if (last < 0 || frames[last]! >= limit) frames.push(1);
      else frames[last]!++;
    }
    for (const on of frames) {
      if (on === 1) pagesUnshared++;
      else pagesShared++;
      pagesSharing += on - 1;
      if (content === ZERO) zeroSharing += on - 1;
    }
  }
  return {
    pages,
    zeroPages: contents.get(ZERO) ?? 0,
    distinctContents: contents.size,
    pagesShared,
    pagesSharing,
    pagesUnshared,
    savedNonZeroPages: pagesSharing - zeroSharing,
  };
}
