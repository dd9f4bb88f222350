/**
 * Readers of memory images. A format is one small plain object: it tells its own files by their first bytes, gives
 * the guest-physical layout as extents, and copies pages out. Everything above knows only this interface.
 */
import type { ImageFile } from './image-file.ts';

/** Version of the interface between readers and this package; compared as a number. */
export const READER_CONTRACT = 1;

/** Neighbouring pages of one state. */
export interface Extent {
  /** Guest page number of the first: guest-physical address / 4096. */
  readonly first: number;
  readonly count: number;
  /** PAGE_DATA: `read` tells more of each page. PAGE_HOLE need not be given: it is what lies between extents. */
  readonly state: number;
}

/** What a reader makes of one file. Lives in one thread; workers open the file again. */
export interface ImagePages {
  /** The layout: ascending, not overlapping. Called at most once or twice; may be a generator. */
  extents(): Iterable<Extent>;
  /**
   * Copies `count` pages from page `first` on to the start of `into`; extents of PAGE_DATA describe all of them
   * (several extents, when they are neighbours).
   * `states` (count long) comes filled with PAGE_DATA; say so of pages that turn out to be zero or unknown: their
   * bytes need not be written. Throws OVB_IMAGE_*. Ranges come in any order, mostly ascending, at most
   * READ_PAGES_MAX long.
   */
  read(first: number, count: number, into: Uint8Array, states: Uint8Array): void;
  /** What a person should know of this file beside the numbers, each a sentence without its full stop. */
  readonly notes?: readonly string[];
  /** Releases what the reader itself opened; the file it was given is not its own. */
  close?(): void;
}

/** What a user may say about an image; plain data, so that workers can be told the same. */
export interface ReadingOptions {
  /** The side file (.vmss, .vmsn) of a .vmem; found beside it by name when not given. */
  readonly sideFile?: string;
  /** Count video memory and firmware that a dump holds as guest memory. Assumed: no. */
  readonly deviceMemory?: boolean;
  /** What holes of a sparse file are. Assumed: zeros in a .vmem, unknown in a raw file on disk. */
  readonly holes?: 'zero' | 'unknown';
}

/** A format of memory images. */
export interface ImageReader {
  readonly role: 'reader';
  readonly contract: number;
  /** Unique among readers; what results and `--format` call it. */
  readonly id: string;
  readonly title: string;
  /**
   * True when the first bytes show this format: up to HEAD_BYTES of the file (all of it, when shorter), and the file
   * for those who must look elsewhere. By content: the name tells nothing.
   */
  recognises(head: Uint8Array, file: ImageFile): boolean;
  /** Checks the headers and finds the layout. Throws OVB_IMAGE_*; allocates in proportion to what the file holds. */
  open(file: ImageFile, options: ReadingOptions): ImagePages | Promise<ImagePages>;
}

/** Bytes at the start of a file that readers are shown. */
export const HEAD_BYTES = 65_536;

/** Pages that one call of `read` may ask for. */
export const READ_PAGES_MAX = 4096;

/** Marks a reader: what it returns is what the loader of `--reader` looks for. */
export function defineReader(reader: Omit<ImageReader, 'role'>): ImageReader {
  return {
    ...reader,
    role: 'reader',
  };
}
