/** SNAP and ROLE sections of a recording, one pair per snapshot of META; in version 2 with a STDY between pairs. */
import type { FileId, KnownContents, Section } from '@overbook/formats';
import { corrupt, Cursor, decodeContents, hasRepeatedKey } from '@overbook/formats';
import type { RecordingMeta } from './recording-meta.ts';
import type { RecordedSnapshot, Recording } from './recording.ts';
import { STEADY_TAG, SteadyRows } from './steady-sections.ts';

type Columns = Pick<RecordedSnapshot, 'changed' | 'keyLo' | 'keyHi' | 'compressedBytes' | 'fill'>;

export class SnapshotColumns {
  readonly #id: FileId;
  readonly #meta: RecordingMeta;
  readonly #known: KnownContents;
  readonly #snapshots: RecordedSnapshot[] = [];
  readonly #steady: SteadyRows | undefined;
  #open: Columns | undefined;

  constructor(id: FileId, meta: RecordingMeta, known: KnownContents) {
    this.#id = id;
    this.#meta = meta;
    this.#known = known;
    this.#steady = meta.steadyMs === undefined ? undefined : new SteadyRows(meta.steadyMs);
  }

  /** True once the first SNAP section was read. */
  get started(): boolean {
    return this.#open !== undefined || this.#snapshots.length > 0;
  }

  read(section: Section): void {
    const next = this.#meta.snapshots[this.#snapshots.length];
    if (next === undefined || section.tag !== this.#wanted()) {
      throw corrupt(this.#id, section.offset, `section ${JSON.stringify(section.tag)} does not belong here`);
    }
    const cursor = new Cursor(this.#id, section);
    if (section.tag === STEADY_TAG) {
      const from = this.#snapshots.at(-1)!.afterIntervals;
      this.#steady!.read(cursor, this.#known, {
        from,
        to: next.facts.afterIntervals,
        pages: this.#meta.pages,
      });
    } else if (this.#open === undefined) {
      this.#open = this.#readColumns(cursor, next.changedPages);
    } else {
      this.#snapshots.push({ ...next.facts, ...this.#open, role: this.#readRole(cursor) });
      this.#open = undefined;
    }
    cursor.end();
  }

  finish(): Pick<Recording, 'snapshots' | 'steady'> {
    const { length } = this.#meta.snapshots;
    if (this.#snapshots.length !== length) {
      throw corrupt(this.#id, 0, `the recording holds ${this.#snapshots.length} of ${length} snapshots`);
    }
    if (hasRepeatedKey(this.#known))
      throw corrupt(this.#id, 0, 'the recording holds two contents with one key');
    const steady = this.#steady?.finish();
    return { snapshots: this.#snapshots, ...(steady !== undefined && { steady }) };
  }

  /** Tag of the section that must come next. */
  #wanted(): string {
    if (this.#open !== undefined) return 'ROLE';
    // Segment k lies between snapshots k and k + 1.
    const segmentIsRead = this.#steady === undefined || this.#steady.segments >= this.#snapshots.length;
    return segmentIsRead ? 'SNAP' : STEADY_TAG;
  }

  #readColumns(cursor: Cursor, changedPages: number): Columns {
    const count = cursor.u32();
    if (count !== changedPages || count > this.#meta.pages || count > cursor.remaining) {
      throw cursor.fail(`declares ${count} changed frames, META says ${changedPages}`);
    }
    const changed = new Uint32Array(count);
    let next = 0;
    for (let row = 0; row < count; row++) {
      const frame = next + cursor.varint();
      if (frame >= this.#meta.pages) throw cursor.fail(`names frame ${frame} of ${this.#meta.pages}`);
      changed[row] = frame;
      next = frame + 1;
    }
    const columns: Columns = {
      changed,
      keyLo: new Uint32Array(count),
      keyHi: new Uint32Array(count),
      compressedBytes: new Uint16Array(count),
      fill: new Uint8Array(count),
    };
    decodeContents(cursor, this.#known, count, columns, 0);
    return columns;
  }

  #readRole(cursor: Cursor): Uint8Array {
    const role = cursor.take(this.#meta.pages).slice();
    const before = this.#snapshots[this.#snapshots.length - 1]?.role;
    if (before !== undefined)
      for (let frame = 0; frame < role.length; frame++) role[frame]! ^= before[frame]!;
    return role;
  }
}
