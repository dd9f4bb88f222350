/**
 * Readers of memory images. A format is a small plain object; `digestImage` and everything above it know only this
 * interface, so a new format is one new file and one entry where it is wanted.
 */

/** Neighbouring pages of guest-physical memory. */
export interface PageWindow {
  /** Number of the first page: guest-physical address / 4096. Pages between two windows are holes, not memory. */
  readonly first: number;
  /** Whole pages. Reused by the reader for the next window: take what you need before asking for it. */
  readonly bytes: Uint8Array;
}

export interface ImageReader {
  /** Unique among readers; what a user names to choose it. */
  readonly id: string;
  readonly title: string;
  /** True when the path or the first bytes show this format. */
  recognises(path: string, head: Uint8Array): boolean;
  /** Windows in ascending order, at most a few MiB each. Throws OVB_IMAGE_* or OVB_FILE_UNREADABLE. */
  windows(path: string): AsyncIterable<PageWindow>;
}
