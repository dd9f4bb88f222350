/**
 * An opened memory image: its layout, and the bytes and state of any range of pages. One object serves one thread;
 * `handle` is plain data from which workers open the same image again.
 */
import { OverbookError, PAGE_BYTES } from '@overbook/core/units';
import type { Extent, ImagePages, ReadingOptions } from './image-reader.ts';
import { PAGE_DATA, PAGE_DEVICE, PAGE_STATES } from '@overbook/formats';
import { READ_PAGES_MAX } from './image-reader.ts';
import { PageLayout } from './page-layout.ts';

/** What a worker thread needs to open the image again: plain data, valid within the process while the image is open. */
export interface ImageHandle {
  readonly name: string;
  /** Of the file, or of the unnamed temporary file that a stream was written to. */
  readonly descriptor: number;
  readonly size: number;
  readonly path?: string;
  /** Id of the reader. */
  readonly format: string;
  readonly options: ReadingOptions;
}

/** Pages by what the layout says of them, before any is read. */
export interface LayoutCounts {
  /** All that count: data, zero and unknown. */
  readonly pages: number;
  /** Pages whose bytes are in the file (some may turn out zero or lost when read). */
  readonly stored: number;
  /** Pages that are zero by the layout alone: nothing is read for them. */
  readonly zero: number;
  /** Unknown pages by reason (a name of PAGE_STATES); reasons that do not occur are left out. */
  readonly unknown: Readonly<Record<string, number>>;
  /** Device memory in the file: not counted above. */
  readonly device: number;
}

export class MemoryImage {
  readonly handle: ImageHandle;
  readonly notes: readonly string[];
  readonly #pages: ImagePages;
  readonly #layout: PageLayout;
  readonly #release: () => void;
  readonly #checkUnchanged: () => void;

  /** Made by openImage and reopenImage. Throws OVB_IMAGE_EMPTY, OVB_IMAGE_CORRUPT. */
  constructor(
    handle: ImageHandle,
    pages: ImagePages,
    hooks: { readonly release: () => void; readonly checkUnchanged: () => void },
  ) {
    this.handle = handle;
    this.#pages = pages;
    this.notes = pages.notes ?? [];
    this.#release = hooks.release;
    this.#checkUnchanged = hooks.checkUnchanged;
    this.#layout = new PageLayout(handle.name, pages.extents());
    if (this.#layout.end === 0) throw holdsNothing(handle.name, this.#layout.devicesBehind);
  }

  get name(): string {
    return this.handle.name;
  }

  /** Id of the reader. */
  get format(): string {
    return this.handle.format;
  }

  /** One past the last guest page number: arrays indexed by page number are this long. May be huge in a lying file. */
  get pageEnd(): number {
    return this.#layout.end;
  }

  /** The whole layout from page 0 to `pageEnd`, ascending, without gaps: holes are extents of PAGE_HOLE. */
  extents(): Iterable<Extent> {
    return this.#layout.extents();
  }

  counts(): LayoutCounts {
    const counts = this.#layout.counts();
    const unknown: Record<string, number> = {};
    for (let state = 2; state < PAGE_DEVICE; state++)
      if (counts[state]! > 0) unknown[PAGE_STATES[state]!] = counts[state]!;
    const device = counts[PAGE_DEVICE]!;
    return { pages: this.#layout.end - device, stored: counts[0]!, zero: counts[1]!, unknown, device };
  }

  /**
   * Copies any `count` pages (at most READ_PAGES_MAX) from page `first` on into `into`, and the state of each into
   * `states`. The bytes of every page that is not data are zeros. O(count). Throws OVB_IMAGE_*, OVB_FILE_UNREADABLE.
   */
  read(first: number, count: number, into: Uint8Array, states: Uint8Array): void {
    const end = first + count;
    if (!(first >= 0 && count >= 0 && count <= READ_PAGES_MAX && end <= this.pageEnd))
      throw outside(this.name, first, count, this.pageEnd);
    let index = this.#layout.find(first);
    for (let page = first; page < end; index++) {
      const till = Math.min(end, this.#layout.endAt(index));
      const at = page - first;
      const bytes = into.subarray(at * PAGE_BYTES, (till - first) * PAGE_BYTES);
      const piece = states.subarray(at, till - first);
      piece.fill(this.#layout.stateAt(index));
      if (this.#layout.stateAt(index) !== PAGE_DATA) bytes.fill(0);
      else {
        this.#pages.read(page, till - page, bytes, piece);
        blank(bytes, piece);
      }
      page = till;
    }
  }

  /** Throws OVB_IMAGE_CHANGED when the file is not as it was when it was opened: ask this after the last read. */
  checkUnchanged(): void {
    this.#checkUnchanged();
  }

  close(): void {
    this.#pages.close?.();
    this.#release();
  }
}

/** A reader need not write the bytes of pages that it says are not data. */
function blank(bytes: Uint8Array, states: Uint8Array): void {
  for (let page = 0; page < states.length; page++)
    if (states[page] !== PAGE_DATA) bytes.fill(0, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
}

function holdsNothing(name: string, devicePages: number): OverbookError {
  if (devicePages > 0)
    return new OverbookError(
      'OVB_IMAGE_EMPTY',
      name,
      `the image holds ${devicePages} pages, all of them video memory or firmware`,
      'Count them as guest memory with `--device-memory`.',
    );
  return new OverbookError(
    'OVB_IMAGE_EMPTY',
    name,
    'the image holds no page',
    'Give an image that holds memory: this one was truncated, or the tool that wrote it wrote no memory.',
  );
}

function outside(name: string, first: number, count: number, end: number): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_RANGE',
    name,
    `pages ${first}..${first + count - 1} were requested, but the image has ${end}`,
    `Ask for at most ${READ_PAGES_MAX} pages within the image.`,
  );
}
