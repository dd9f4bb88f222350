// hot
import type { ContentTable } from '@overbook/core';

import type { ContentSink } from '../engine/page-writer.ts';
import type { RecordedScript, Segment } from './recorded-script.ts';
import { ENTRY_FOUND, ENTRY_LAST_WRITE, ENTRY_PAGE } from './segment-plan.ts';

/** In place of the content of a page that equals no other. */
const PRIVATE = 0xffffffff;

/** Bits of a compressed size, below the fill class. */
const SIZE_BITS = 13;
const SIZE_MASK = (1 << SIZE_BITS) - 1;

/**
 * What each recorded page holds, as far as the recording tells. At a snapshot that is known. From its last write
 * before a snapshot on, a page has that snapshot's content. After any other write it has the content that the recorder
 * found between the snapshots, if it looked there and the page was steady; else it is private: it equals no other page
 * and has the later snapshot's compressed size and fill.
 */
export class PageContents {
  /** Content of each page, or PRIVATE. */
  readonly #now: Uint32Array;
  /** Content of each page at the snapshot ahead. */
  readonly #ahead: Uint32Array;
  /** Compressed size and fill of that content, side by side for whoever writes a page that is private till then. */
  readonly #sizes: Uint16Array;
  /** Row + 1 of each page's next content between snapshots, 0 = none; without pages where none were recorded. */
  readonly #nextSteady: Uint32Array;
  /** Interval of each content between snapshots. */
  readonly #foundAfter: Uint32Array;
  readonly #script: RecordedScript;
  readonly #table: ContentTable;

  constructor(script: RecordedScript) {
    const { pages, steady } = script.recording;
    this.#script = script;
    this.#table = script.contents;
    this.#now = new Uint32Array(pages);
    this.#ahead = new Uint32Array(pages);
    this.#sizes = new Uint16Array(pages);
    this.#nextSteady = new Uint32Array(steady === undefined ? 0 : pages);
    this.#foundAfter = steady?.interval ?? new Uint32Array(0);
  }

  /** Stands at a snapshot, with everything before it done. */
  standAt(snapshot: number): void {
    this.#ahead.fill(0);
    this.#sizes.fill(this.#sizeOf(0));
    for (let i = 0; i <= snapshot; i++) this.#advance(i);
    this.#now.set(this.#ahead);
    this.#findSteady(this.#script.recording.snapshots[snapshot]!.afterIntervals);
  }

  /** Begins the segment that follows the current one. O(pages). */
  enter(segment: Segment): void {
    this.#now.set(this.#ahead);
    this.#advance(segment.snapshot);
  }

  /** Pages that differ between the current state and a content list, for going back to that list. */
  differing(target: PageContents, into: Uint32Array): number {
    const { keyLo, keyHi, fill } = this.#table;
    let count = 0;
    for (let page = 0; page < this.#ahead.length; page++) {
      const now = this.#ahead[page]!;
      const then = target.#ahead[page]!;
      const same =
        now === then ||
        (keyLo[now] === keyLo[then] && keyHi[now] === keyHi[then] && fill[now] === fill[then]);
      if (!same) into[count++] = page;
    }
    return count;
  }

  /** A page is written in an interval: its frame gets what it holds from now on. @param entry of the plan */
  write(writer: ContentSink, gfn: number, entry: number, interval: number): void {
    const page = entry & ENTRY_PAGE;
    if ((entry & ENTRY_LAST_WRITE) !== 0) this.#put(writer, gfn, page, this.#ahead[page]!);
    else if ((entry & ENTRY_FOUND) !== 0) this.#put(writer, gfn, page, this.#steadyOf(page, interval));
    else this.#put(writer, gfn, page, PRIVATE);
  }

  /**
   * All writes of an interval at once, in any order: nothing has looked at these pages in between.
   * @param frames guest frame of each page; absent: each page is on its own
   */
  writeAll(writer: ContentSink, entries: Int32Array, interval: number, frames?: Uint32Array): void {
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      const page = entry & ENTRY_PAGE;
      this.write(writer, frames === undefined ? page : frames[page]!, entry, interval);
    }
  }

  /** A page gets the content of the snapshot ahead. */
  writeAhead(writer: ContentSink, gfn: number, page: number): void {
    writer.write(gfn, this.#table, this.#ahead[page]!);
  }

  /** A page gets what it holds now: read back from a disk. */
  restore(writer: ContentSink, gfn: number, page: number): void {
    this.#put(writer, gfn, page, this.#now[page]!);
  }

  #put(writer: ContentSink, gfn: number, page: number, content: number): void {
    this.#now[page] = content;
    if (content !== PRIVATE) {
      writer.write(gfn, this.#table, content);
      return;
    }
    const size = this.#sizes[page]!;
    writer.writePrivate(gfn, size & SIZE_MASK, size >>> SIZE_BITS);
  }

  /** The content that was found after a write. Asked of each page in the order of its writes. */
  #steadyOf(page: number, interval: number): number {
    const { steadyAfter, steadyStart } = this.#script;
    let row = this.#nextSteady[page]!;
    while (this.#foundAfter[row - 1]! < interval) row = steadyAfter[row - 1]!;
    this.#nextSteady[page] = row;
    return steadyStart + row - 1;
  }

  /** Each page's first content between snapshots from an interval on. */
  #findSteady(from: number): void {
    const { steady } = this.#script.recording;
    if (steady === undefined) return;
    const next = this.#nextSteady.fill(0);
    for (let row = steady.frame.length - 1; row >= 0 && steady.interval[row]! >= from; row--)
      next[steady.frame[row]!] = row + 1;
  }

  #advance(snapshot: number): void {
    const { changed } = this.#script.recording.snapshots[snapshot]!;
    const start = this.#script.contentStart[snapshot]!;
    for (let row = 0; row < changed.length; row++) {
      const page = changed[row]!;
      this.#ahead[page] = start + row;
      this.#sizes[page] = this.#sizeOf(start + row);
    }
  }

  #sizeOf(content: number): number {
    return this.#table.compressedBytes[content]! | (this.#table.fill[content]! << SIZE_BITS);
  }
}
