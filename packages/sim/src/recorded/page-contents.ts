// hot
import { ACCESS_WRITE } from '@overbook/core/host';
import type { ContentTable } from '@overbook/core';

import type { ContentSink } from '../engine/page-writer.ts';
import type { RecordedScript, Segment } from './recorded-script.ts';

/**
 * What each recorded page holds, as far as the recording tells. At a snapshot that is known. Between two
 * snapshots a page that is written is private: it equals no other page and has the later snapshot's
 * compressed size and fill. From its last write before the later snapshot on it has the later snapshot's
 * content.
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
  }

  /** Stands at a snapshot, with everything before it done. */
  standAt(snapshot: number): void {
    this.#behind.fill(0);
    for (let i = 0; i <= snapshot; i++) this.#advance(this.#behind, i);
    this.#ahead.set(this.#behind);
    this.#lastWrite.fill(0);
    this.#lastTouch.fill(0);
    this.#written.fill(0);
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
    else writer.writePrivate(gfn, this.#table.compressedBytes[ahead]!, this.#table.fill[ahead]!);
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
    else {
      const ahead = this.#ahead[page]!;
      writer.writePrivate(gfn, this.#table.compressedBytes[ahead]!, this.#table.fill[ahead]!);
    }
  }

  #advance(contents: Uint32Array, snapshot: number): void {
    const { changed } = this.#script.recording.snapshots[snapshot]!;
    const start = this.#script.contentStart[snapshot]!;
    for (let row = 0; row < changed.length; row++) contents[changed[row]!] = start + row;
  }
}
