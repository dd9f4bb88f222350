/** The NAME.snaps of a captured recording (format OBS1): one JSON line, then per snapshot five columns. */
import { FILL_ZERO } from '@overbook/core/units';
import type { FileId } from '@overbook/formats';
import { corrupt, Cursor, MetaReader, wrongFormat } from '@overbook/formats';
import type { CapturedMetadata } from './import-metadata.ts';
import type { SnapshotMeta } from './recording-meta.ts';
import type { PowerOnContent, RecordedSnapshot } from './recording.ts';

/** LZ4 size of 4096 zeros with liblz4 1.9.4, for a recording in which no frame ever became zero again. */
const ZERO_PAGE_LZ4_BYTES = 26;
/** First 8 bytes of the SHA-256 of 4096 zeros, little endian. */
const ZERO_PAGE_KEY_LO = 0xb2ac7fad;
const ZERO_PAGE_KEY_HI = 0xe9c66f58;

/** Reads all snapshots; counts must be those of the metadata. */
export function readSnapshots(id: FileId, bytes: Uint8Array, metadata: CapturedMetadata): RecordedSnapshot[] {
  const lineEnd = bytes.subarray(0, 65_536).indexOf(10);
  if (lineEnd < 0) throw wrongFormat(id, 'does not begin with a line of JSON');
  const head = MetaReader.open(id, { tag: 'OBS1', offset: 0, bytes: bytes.subarray(0, lineEnd) });
  if (head.text('format') !== 'OBS1') throw wrongFormat(id, 'does not hold snapshots (OBS1)');
  if (head.count('pages') !== metadata.pages || head.count('snapshots') !== metadata.snapshots.length) {
    throw corrupt(id, 0, 'has other pages or snapshots than its metadata say');
  }
  const cursor = new Cursor(id, { tag: 'OBS1', offset: 0, bytes }, lineEnd + 1);
  const role = new Uint8Array(metadata.pages);
  const snapshots = metadata.snapshots.map((captured) => readSnapshot(cursor, captured, role));
  cursor.end();
  return snapshots;
}

/** What frames held at power-on: zeros, with the size that this recorder's compressor gave such a page. */
export function powerOnOf(snapshots: readonly RecordedSnapshot[]): PowerOnContent {
  for (const { fill, compressedBytes } of snapshots) {
    const row = fill.indexOf(FILL_ZERO);
    if (row >= 0)
      return { keyLo: ZERO_PAGE_KEY_LO, keyHi: ZERO_PAGE_KEY_HI, compressedBytes: compressedBytes[row]! };
  }
  return { keyLo: ZERO_PAGE_KEY_LO, keyHi: ZERO_PAGE_KEY_HI, compressedBytes: ZERO_PAGE_LZ4_BYTES };
}

/** `role` holds the roles of the snapshot before and is brought up to date. */
function readSnapshot(cursor: Cursor, captured: SnapshotMeta, role: Uint8Array): RecordedSnapshot {
  const changed = readBitmap(cursor, role.length);
  const count = changed.length;
  if (count !== captured.changedPages) {
    throw cursor.fail(
      `has ${count} changed frames at ${captured.facts.label}, but its metadata say ${captured.changedPages}`,
    );
  }
  const keyLo = new Uint32Array(count);
  const keyHi = new Uint32Array(count);
  for (let row = 0; row < count; row++) {
    keyLo[row] = cursor.u32();
    keyHi[row] = cursor.u32();
  }
  const compressedBytes = Uint16Array.from({ length: count }, () => cursor.u16());
  const fill = cursor.take(count).slice();
  const flips = cursor.take(role.length);
  for (let frame = 0; frame < role.length; frame++) role[frame]! ^= flips[frame]!;
  return { ...captured.facts, changed, keyLo, keyHi, compressedBytes, fill, role: role.slice() };
}

function readBitmap(cursor: Cursor, frames: number): Uint32Array {
  const bits = cursor.take(Math.ceil(frames / 8));
  const changed: number[] = [];
  for (let byte = 0; byte < bits.length; byte++) {
    for (let bit = 0; bit < 8; bit++) if ((bits[byte]! >> bit) & 1) changed.push(byte * 8 + bit);
  }
  if (changed.length > 0 && changed[changed.length - 1]! >= frames)
    throw cursor.fail('marks a frame beyond the last');
  return Uint32Array.from(changed);
}
