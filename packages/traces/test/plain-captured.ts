/** A slow reader of captured files (OBT1, OBS1), written from their description; see tools/capture/README.md. */
import { readFileSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { PlainFile, PlainInterval, PlainSnapshot } from './plain-reader.ts';

export interface PlainTrace {
  readonly head: Record<string, unknown>;
  readonly intervals: PlainInterval[];
  /** Real page numbers, by page. */
  readonly table: number[];
}

export function unpacked(path: string): Buffer {
  const bytes = readFileSync(path);
  return path.endsWith('.br')
    ? brotliDecompressSync(bytes)
    : path.endsWith('.gz')
      ? gunzipSync(bytes)
      : bytes;
}

/** Both codings; pages are numbered as in the file. */
export function readCapturedTrace(bytes: Buffer): PlainTrace {
  let at = bytes.indexOf(10) + 1;
  const head = JSON.parse(bytes.toString('utf8', 0, at)) as Record<string, unknown>;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const intervals: PlainInterval[] = [];
  const ascending = head['coding'] === 'runs';
  let pages = new Map<number, number>();
  let last = ascending ? -1 : 0;
  for (;;) {
    const code = varint();
    if (code === 0) {
      const instructions = varint();
      if (instructions === 0) break;
      intervals.push({ instructions, pages });
      pages = new Map();
      if (ascending) last = -1;
      continue;
    }
    const rest = Math.floor((code - 1) / 4);
    const kind = (code - 1) % 4;
    if (ascending) {
      const first = last + 1 + Math.floor(rest / 2);
      last = first - 1 + (rest % 2 === 1 ? varint() + 2 : 1);
      for (let page = first; page <= last; page++) pages.set(page, kind);
    } else {
      last += rest % 2 === 1 ? -(rest + 1) / 2 : rest / 2;
      pages.set(last, kind);
    }
  }
  const count = bytes.readUInt32LE(at);
  const table = Array.from({ length: count }, (_, page) => Number(bytes.readBigUInt64LE(at + 4 + page * 8)));
  return { head, intervals, table };
}

export function readCapturedSnapshots(bytes: Buffer, pages: number, count: number): PlainSnapshot[] {
  let at = bytes.indexOf(10) + 1;
  let before: number[] = Array<number>(pages).fill(0);
  return Array.from({ length: count }, () => {
    const frames = Array.from({ length: pages }, (_, frame) => frame).filter(
      (frame) => (bytes[at + (frame >> 3)]! >> (frame & 7)) & 1,
    );
    at += Math.ceil(pages / 8);
    const [keys, sizes, fills] = [at, at + frames.length * 8, at + frames.length * 10];
    at = fills + frames.length;
    const role = before.map((byte, frame) => byte ^ bytes[at + frame]!);
    at += pages;
    before = role;
    const changed = new Map(
      frames.map((frame, row) => {
        const key = bytes
          .readBigUInt64LE(keys + row * 8)
          .toString(16)
          .padStart(16, '0');
        return [frame, [key, bytes.readUInt16LE(sizes + row * 2), bytes[fills + row]!] as const];
      }),
    );
    return { changed, role };
  });
}

/** Contents between snapshots, of a file that holds nothing twice. */
export function readCapturedSteady(bytes: Buffer): PlainFile['steady'] {
  const steady: PlainFile['steady'] = new Map();
  for (let at = bytes.indexOf(10) + 1; at < bytes.length; at += 20) {
    const key = bytes
      .readBigUInt64LE(at + 8)
      .toString(16)
      .padStart(16, '0');
    const place = `${bytes.readUInt32LE(at)} ${bytes.readUInt32LE(at + 4)}`;
    steady.set(place, [key, bytes.readUInt16LE(at + 16), bytes[at + 18]!]);
  }
  return steady;
}
