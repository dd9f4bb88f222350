// hot
import { ACCESS_WRITE } from '@overbook/core/host';
import type { ContentTable } from '@overbook/core';

import type { ContentSink } from '../engine/page-writer.ts';
import type { RecordedScript, Segment } from './recorded-script.ts';

/**
 * What each recorded page holds, as far as the recording tells. At a snapshot that is known. From its last write
 * before a snapshot on, a page has that snapshot's content. After any other write it has the content that the recorder
 * found between the snapshots, if it looked there and the page was steady; else it is private: it equals no other page
 * and has the later snapshot's compressed size and fill.
 */
export class PageContents {
  /** Content of each page at the snapshot behind. */
  readonly #behind: Uint32Array;
  /** Content of each page at the snapshot ahead. */
  readonly #ahead: Uint32Array;
  /** Interval + 1 of each page's last write before the snapshot ahead, 0 = not written in this segment. */
  readonly #lastWrite: Uint32Array;
  /**
   * Interval + 1 of each page's last touch of any kind before the snapshot ahead, 0 = not touched in this
   * segment.
   */
  readonly #lastTouch: Uint32Array;
  /** Interval + 1 of each page's latest write so far; of an earlier segment when at most `#segmentFrom`. */
  readonly #written: Uint32Array;
  /** Row + 1 of each page's next content between snapshots, 0 = none; without pages where none were recorded. */
  readonly #nextSteady: Uint32Array;
  readonly #script: RecordedScript;
  readonly #table: ContentTable;
  #segmentFrom = 0;

  constructor(script: RecordedScript) {
    const { pages } = script.recording;
    this.#script = script;
    this.#table = script.contents;
    this.#behind = new Uint32Array(pages);
    this.#ahead = new Uint32Array(pages);
    this.#lastWrite = new Uint32Array(pages);
    this.#lastTouch = new Uint32Array(pages);
    this.#written = new Uint32Array(pages);
    this.#nextSteady = new Uint32Array(script.recording.steady === undefined ? 0 : pages);
  }

  /** Stands at a snapshot, with everything before it done. */
  standAt(snapshot: number): void {
    this.#behind.fill(0);
    for (let i = 0; i <= snapshot; i++) this.#advance(this.#behind, i);
    this.#ahead.set(this.#behind);
    this.#lastWrite.fill(0);
    this.#lastTouch.fill(0);
    this.#written.fill(0);
    this.#findSteady(this.#script.recording.snapshots[snapshot]!.afterIntervals);
  }

  /** Begins the segment that follows the current one. O(runs and written pages of the segment). */
  enter(segment: Segment): void {
    const { runCount, runFirst, runKind, runStart } = this.#script.recording.trace;
    const lastTouch = this.#lastTouch.fill(0);
    const lastWrite = this.#lastWrite.fill(0);
    this.#behind.set(this.#ahead);
    this.#advance(this.#ahead, segment.snapshot);
    this.#segmentFrom = segment.from;
    for (let interval = segment.from; interval < segment.to; interval++) {
      const end = runStart[interval + 1]!;
      for (let run = runStart[interval]!; run < end; run++) {
        const first = runFirst[run]!;
        const last = first + runCount[run]!;
        for (let page = first; page < last; page++) lastTouch[page] = interval + 1;
        if (runKind[run] !== ACCESS_WRITE) continue;
        for (let page = first; page < last; page++) lastWrite[page] = interval + 1;
      }
    }
  }

  /** True where something touches the page before the snapshot ahead. */
  isTouchedAhead(page: number): boolean {
    return this.#lastTouch[page] !== 0;
  }

  /** True where nothing touches the page between this interval and the snapshot ahead. */
  isLastTouch(page: number, interval: number): boolean {
    return this.#lastTouch[page] === interval + 1;
  }

  /** True where nothing writes the page between this interval and the snapshot ahead. */
  isLastWrite(page: number, interval: number): boolean {
    return this.#lastWrite[page] === interval + 1;
  }

  /** Pages whose content is another at the snapshot ahead though nothing wrote them: a device did. */
  deviceWrites(snapshot: number, into: Uint32Array): number {
    const { changed } = this.#script.recording.snapshots[snapshot]!;
    let count = 0;
    for (const page of changed) if (this.#lastWrite[page] === 0) into[count++] = page;
    return count;
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

  /** A page is written in an interval: its frame gets what it holds from now on. */
  write(writer: ContentSink, gfn: number, page: number, interval: number): void {
    this.#written[page] = interval + 1;
    const ahead = this.#ahead[page]!;
    if (this.#lastWrite[page] === interval + 1) writer.write(gfn, this.#table, ahead);
    else this.#writeBetween(writer, gfn, page, interval);
  }

  /** A page gets the content of the snapshot ahead. */
  writeAhead(writer: ContentSink, gfn: number, page: number): void {
    writer.write(gfn, this.#table, this.#ahead[page]!);
  }

  /** A page gets what it holds now: read back from a disk. */
  restore(writer: ContentSink, gfn: number, page: number): void {
    const written = this.#written[page]!;
    if (written <= this.#segmentFrom) writer.write(gfn, this.#table, this.#behind[page]!);
    else if (written === this.#lastWrite[page]) writer.write(gfn, this.#table, this.#ahead[page]!);
    else this.#writeBetween(writer, gfn, page, written - 1);
  }

  /** What a page holds after a write that is not its last before the snapshot ahead. */
  #writeBetween(writer: ContentSink, gfn: number, page: number, interval: number): void {
    const content = this.#nextSteady.length === 0 ? 0 : this.#steadyOf(page, interval);
    if (content !== 0) {
      writer.write(gfn, this.#table, content);
      return;
    }
    const ahead = this.#ahead[page]!;
    writer.writePrivate(gfn, this.#table.compressedBytes[ahead]!, this.#table.fill[ahead]!);
  }

  /** The content that was recorded after a write, or 0. Asked of each page in the order of its writes. */
  #steadyOf(page: number, interval: number): number {
    const { recording, steadyAfter, steadyStart } = this.#script;
    const intervals = recording.steady!.interval;
    let row = this.#nextSteady[page]!;
    while (row !== 0 && intervals[row - 1]! < interval) row = steadyAfter[row - 1]!;
    this.#nextSteady[page] = row;
    return row !== 0 && intervals[row - 1] === interval ? steadyStart + row - 1 : 0;
  }

  /** Each page's first content between snapshots from an interval on. */
  #findSteady(from: number): void {
    const { steady } = this.#script.recording;
    if (steady === undefined) return;
    const next = this.#nextSteady.fill(0);
    for (let row = steady.frame.length - 1; row >= 0 && steady.interval[row]! >= from; row--)
      next[steady.frame[row]!] = row + 1;
  }

  #advance(contents: Uint32Array, snapshot: number): void {
    const { changed } = this.#script.recording.snapshots[snapshot]!;
    const start = this.#script.contentStart[snapshot]!;
    for (let row = 0; row < changed.length; row++) contents[changed[row]!] = start + row;
  }
}
