/** Compares what the real readers made with what the slow ones made; the first difference as a sentence, or ''. */
import { createHash } from 'node:crypto';
import type { RecordedSnapshot, SteadyContents, Trace } from '../src/index.ts';
import { expandInterval, largestInterval } from '../src/index.ts';
import type { PlainFile, PlainInterval, PlainSnapshot } from './plain-reader.ts';

export function traceDiffers(trace: Trace, plain: readonly PlainInterval[]): string {
  if (trace.intervals !== plain.length) return `${trace.intervals} intervals, not ${plain.length}`;
  const gfns = new Uint32Array(largestInterval(trace));
  const accesses = new Uint8Array(gfns.length);
  for (const [interval, { instructions, pages }] of plain.entries()) {
    const count = expandInterval(trace, interval, gfns, accesses);
    if (trace.instructions[interval] !== instructions) return `interval ${interval}: instructions`;
    if (count !== pages.size) return `interval ${interval}: ${count} pages, not ${pages.size}`;
    let row = 0;
    for (const [page, kind] of pages) {
      if (gfns[row] !== page || accesses[row] !== kind) return `interval ${interval}: page ${page}`;
      row++;
    }
  }
  return '';
}

export function snapshotsDiffer(
  snapshots: readonly RecordedSnapshot[],
  plain: readonly PlainSnapshot[],
): string {
  if (snapshots.length !== plain.length) return `${snapshots.length} snapshots, not ${plain.length}`;
  for (const [index, { changed, role }] of plain.entries()) {
    const snapshot = snapshots[index]!;
    if (snapshot.changed.length !== changed.size) return `${snapshot.label}: ${changed.size} frames`;
    let row = 0;
    for (const [frame, [key, compressedBytes, fill]] of changed) {
      const same =
        snapshot.changed[row] === frame &&
        keyText(snapshot, row) === key &&
        snapshot.compressedBytes[row] === compressedBytes &&
        snapshot.fill[row] === fill;
      if (!same) return `${snapshot.label}: frame ${frame}`;
      row++;
    }
    if (snapshot.role.length !== role.length || role.some((byte, frame) => snapshot.role[frame] !== byte))
      return `${snapshot.label}: roles`;
  }
  return '';
}

export function steadyDiffers(steady: SteadyContents | undefined, plain: PlainFile['steady']): string {
  const rows = steady?.frame.length ?? 0;
  if (rows !== plain.size) return `${rows} contents between snapshots, not ${plain.size}`;
  for (let row = 0; row < rows; row++) {
    const { interval, frame, compressedBytes, fill } = steady!;
    const found = [keyText(steady!, row), compressedBytes[row], fill[row]].join();
    const at = `${interval[row]} ${frame[row]}`;
    if (plain.get(at)?.join() !== found) return `interval and frame ${at}: ${found}`;
  }
  return '';
}

function keyText({ keyLo, keyHi }: Pick<SteadyContents, 'keyLo' | 'keyHi'>, row: number): string {
  return [keyHi[row]!, keyLo[row]!].map((word) => word.toString(16).padStart(8, '0')).join('');
}

/** Equal for equal values with large arrays: comparing millions of elements through `expect` takes minutes. */
export function fingerprint(value: unknown): string {
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify(value, (_key, item: unknown) => {
      if (!ArrayBuffer.isView(item)) return sorted(item);
      const bytes = new Uint8Array(item.buffer, item.byteOffset, item.byteLength);
      return `${item.constructor.name} ${createHash('sha256').update(bytes).digest('hex')}`;
    }),
  );
  return hash.digest('hex');
}

/** An object with its fields in alphabetical order; anything else as it is. */
function sorted(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
  return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
}
