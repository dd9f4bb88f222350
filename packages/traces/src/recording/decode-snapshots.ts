/** SNAP and ROLE sections of a recording: they come in pairs, one pair per snapshot of META. */
import type { FileId, KnownContents, Section } from '@overbook/formats';
import { corrupt, Cursor, decodeContents, hasRepeatedKey } from '@overbook/formats';
import type { RecordingMeta } from './recording-meta.ts';
import type { RecordedSnapshot } from './recording.ts';

type Columns = Pick<RecordedSnapshot, 'changed' | 'keyLo' | 'keyHi' | 'compressedBytes' | 'fill'>;

export class SnapshotColumns {
  readonly #id: FileId;
  readonly #meta: RecordingMeta;
  readonly #known: KnownContents;
  readonly #snapshots: RecordedSnapshot[] = [];
  #open: Columns | undefined;

  constructor(id: FileId, meta: RecordingMeta, known: KnownContents) {
    this.#id = id;
    this.#meta = meta;
    this.#known = known;
  }

  /** True once the first SNAP section was read. */
  get started(): boolean {
    return this.#open !== undefined || this.#snapshots.length > 0;
  }

  read(section: Section): void {
    const next = this.#meta.snapshots[this.#snapshots.length];
    const wanted = this.#open === undefined ? 'SNAP' : 'ROLE';
    if (next === undefined || section.tag !== wanted) {
      throw corrupt(this.#id, section.offset, `section ${JSON.stringify(section.tag)} does not belong here`);
    }
    const cursor = new Cursor(this.#id, section);
    if (this.#open === undefined) {
      this.#open = this.#readColumns(cursor, next.changedPages);
    } else {
      this.#snapshots.push({ ...next.facts, ...this.#open, role: this.#readRole(cursor) });
      this.#open = undefined;
    }
    cursor.end();
  }

  finish(): RecordedSnapshot[] {
    const { length } = this.#meta.snapshots;
    if (this.#snapshots.length !== length) {
      throw corrupt(this.#id, 0, `the recording holds ${this.#snapshots.length} of ${length} snapshots`);
    }
    if (hasRepeatedKey(this.#known))
      throw corrupt(this.#id, 0, 'the recording holds two contents with one key');
    return this.#snapshots;
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
