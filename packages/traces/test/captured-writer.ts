/** Writes small captured files (OBT1, OBS1, OBREC1) for tests of the importers, as tools/capture would. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { RecordedSnapshot, Recording, SteadyContents, Trace } from '../src/index.ts';
import { expandInterval, largestInterval, totalsOf } from '../src/index.ts';
import type { PlainInterval } from './plain-reader.ts';

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

export function obtFile(head: object, body: readonly number[], table: readonly number[]): Buffer {
  const usual = { format: 'OBT1', source: 'a test', name: 'made-up', interval: 1000, pageSize: 4096 };
  const line = Buffer.from(`${JSON.stringify({ ...usual, ...head })}\n`);
  const numbers = Buffer.alloc(4 + table.length * 8);
  numbers.writeUInt32LE(table.length);
  table.forEach((number, page) => numbers.writeBigUInt64LE(BigInt(number), 4 + page * 8));
  return Buffer.concat([line, Buffer.from([...body, 0, 0]), numbers]);
}

/** Ascending runs. */
export function obtRuns(trace: Trace, table: readonly number[], head: object = {}): Buffer {
  const body: number[] = [];
  for (let interval = 0; interval < trace.intervals; interval++) {
    let next = 0;
    for (let run = trace.runStart[interval]!; run < trace.runStart[interval + 1]!; run++) {
      const [first, count, kind] = [trace.runFirst[run]!, trace.runCount[run]!, trace.runKind[run]!];
      body.push(...varint(((first - next) * 2 + (count > 1 ? 1 : 0)) * 4 + kind + 1));
      if (count > 1) body.push(...varint(count - 2));
      next = first + count;
    }
    body.push(0, ...varint(trace.instructions[interval]!));
  }
  return obtFile({ coding: 'runs', ...head }, body, table);
}

/** Pages in the order given, numbered as given. */
export function obtPlain(intervals: readonly PlainInterval[], table: readonly number[]): Buffer {
  const body: number[] = [];
  let last = 0;
  for (const { instructions, pages } of intervals) {
    for (const [page, kind] of pages) {
      const away = page - last;
      body.push(...varint((away < 0 ? -away * 2 - 1 : away * 2) * 4 + kind + 1));
      last = page;
    }
    body.push(0, ...varint(instructions));
  }
  return obtFile({}, body, table);
}

/** The four or five files of a recording. `edit` may change the metadata before they are written. */
export function writeCaptured(
  folder: string,
  recording: Recording,
  edit: (meta: Record<string, unknown>) => void = () => undefined,
): void {
  const { name, pages, trace, snapshots } = recording;
  const identity = Array.from({ length: pages }, (_, page) => page);
  const parts = {
    obt: obtRuns(trace, identity, { source: 'a test, guest-physical pages', name }),
    time: Buffer.from(recording.endMs.slice().buffer),
    snaps: obsFile(recording),
    ...(recording.steady !== undefined && { steady: obcFile(recording, recording.steady) }),
  };
  const { instructions, intervals, pageEvents } = totalsOf(trace);
  const meta: Record<string, unknown> = {
    format: 'OBREC1',
    name,
    pages,
    work: recording.origin.work,
    seed: recording.origin.seed,
    memMiB: 1,
    init: 'x',
    kernel: recording.origin.kernel,
    qemu: 'none',
    accel: recording.origin.accelerator,
    every: 1000,
    steadyMs: recording.steady?.steadyMs,
    trace: { instructions, intervals, pageEvents, fastPathWrong: 0 },
    snapshots: snapshots.map(capturedFacts),
    phases: recording.phases.map(({ name: phase, ...rest }) => ({ phase, ...rest, guestUptime_s: 1.5 })),
    balloon: recording.balloonTargets,
    fingerprint: 'first 8 bytes of SHA-256 of the 4096-byte page',
    lz4: 'LZ4_compress_default, liblz4 1.9.4, one page',
    files: Object.fromEntries(
      Object.entries(parts).map(([kind, bytes]) => [
        `${name}.${kind}.br`,
        { unpackedBytes: bytes.length, unpackedSha256: createHash('sha256').update(bytes).digest('hex') },
      ]),
    ),
  };
  edit(meta);
  for (const [kind, bytes] of Object.entries(parts))
    writeFileSync(join(folder, `${name}.${kind}.br`), brotliCompressSync(bytes));
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(meta, null, 1));
}

function capturedFacts(snapshot: RecordedSnapshot): object {
  const { label, afterIntervals, instructions, guestMs, memSha256, agentAsked, balloonActualMiB, vmstat } =
    snapshot;
  return {
    label,
    afterIntervals,
    instructions,
    guestMs,
    memSha256,
    agentAsked,
    balloonActualMiB,
    vmstat,
    changedPages: snapshot.changed.length,
    hostStill_ms: snapshot.hostStillMs,
    meminfo_kB: snapshot.meminfoKiB,
    guestUptime_s: snapshot.guestUptimeSeconds,
  };
}

function obsFile({ name, pages, snapshots }: Recording): Buffer {
  const parts: Buffer[] = [
    Buffer.from(
      `${JSON.stringify({ format: 'OBS1', name, pages, pageSize: 4096, snapshots: snapshots.length })}\n`,
    ),
  ];
  let before = new Uint8Array(pages);
  for (const snapshot of snapshots) {
    const bitmap = Buffer.alloc(Math.ceil(pages / 8));
    const keys = Buffer.alloc(snapshot.changed.length * 8);
    snapshot.changed.forEach((frame, row) => {
      bitmap[frame >> 3]! |= 1 << (frame & 7);
      keys.writeUInt32LE(snapshot.keyLo[row]!, row * 8);
      keys.writeUInt32LE(snapshot.keyHi[row]!, row * 8 + 4);
    });
    const roles = snapshot.role.map((byte, frame) => byte ^ before[frame]!);
    parts.push(
      bitmap,
      keys,
      Buffer.from(snapshot.compressedBytes.slice().buffer),
      Buffer.from(snapshot.fill),
      Buffer.from(roles),
    );
    before = snapshot.role.slice();
  }
  return Buffer.concat(parts);
}

/** Rows from the last to the first: their order says nothing. */
function obcFile({ name, pages }: Recording, steady: SteadyContents): Buffer {
  const { steadyMs, interval, frame, keyLo, keyHi, compressedBytes, fill } = steady;
  const rows = frame.length;
  const head = Buffer.from(`${JSON.stringify({ format: 'OBC1', name, pages, steadyMs, rows })}\n`);
  const body = Buffer.alloc(rows * 20);
  for (let row = 0; row < rows; row++) {
    const at = (rows - 1 - row) * 20;
    [interval, frame, keyLo, keyHi].forEach((column, word) =>
      body.writeUInt32LE(column[row]!, at + word * 4),
    );
    body.writeUInt16LE(compressedBytes[row]!, at + 16);
    body[at + 18] = fill[row]!;
  }
  return Buffer.concat([head, body]);
}

/** All pages of a trace's intervals, the slow way. */
export function intervalsOf(trace: Trace): PlainInterval[] {
  const gfns = new Uint32Array(largestInterval(trace));
  const accesses = new Uint8Array(gfns.length);
  return Array.from({ length: trace.intervals }, (_, interval) => {
    const count = expandInterval(trace, interval, gfns, accesses);
    const pages = new Map(Array.from(gfns.subarray(0, count), (page, row) => [page, accesses[row]!]));
    return { instructions: trace.instructions[interval]!, pages };
  });
}
