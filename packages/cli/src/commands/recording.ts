/** `overbook recording`: recordings of whole guests. */
import { grouped, mebibytes } from '@overbook/lab/words';
import type { Recording, SteadyContents } from '@overbook/traces';
import { importRecording, readRecording, totalsOf, writeRecording } from '@overbook/traces';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { refuseOtherKind } from '../process/other-kind.ts';
import { outFile } from '../process/out-file.ts';
import { table } from '../render/table.ts';

/** Imports captured files. */
export function importIt(io: Io, folder: string, name: string, options: { readonly out: string }): number {
  const out = outFile(io, options.out);
  const recording = importRecording(folder, name);
  out.write((path) => writeRecording(path, recording));
  out.say(`${options.out}: ${summaryOf(recording)}\n`);
  return EXIT.fine;
}

export const RECORDING_SCHEMA = 'overbook.recording/1';

/** Prints what a recording holds. */
export function info(io: Io, file: string, options: { readonly json?: true }): number {
  refuseOtherKind('recording', file, io.self);
  const recording = readRecording(file);
  const { origin, snapshots, phases, contentKey, codec, steady } = recording;
  const between = steadyContents(recording);
  if (options.json === true) {
    const steadyMs = steady?.steadyMs;
    const about = { name: recording.name, pages: recording.pages, contentKey, codec, steadyMs, origin };
    const rows = snapshots.map(({ label, guestMs, afterIntervals, changed }, i) => ({
      label,
      guestMs,
      afterIntervals,
      changedPages: changed.length,
      steadyContents: between?.[i],
    }));
    const guestMs = recording.endMs.at(-1) ?? 0;
    const trace = { guestMs, ...totalsOf(recording.trace) };
    io.out(
      `${JSON.stringify({ schema: RECORDING_SCHEMA, ...about, ...trace, snapshots: rows, phases }, undefined, 2)}\n`,
    );
    return EXIT.fine;
  }
  io.out(
    `${file}: ${summaryOf(recording)}\n` +
      `work      ${origin.work} (seed ${origin.seed})\n` +
      `kernel    ${origin.kernel}\n` +
      `recorder  ${origin.emulator}, ${origin.accelerator}\n` +
      `keys      ${contentKey}; sizes ${codec}\n` +
      `${steady === undefined ? '' : steadySaid(steady)}\n`,
  );
  const rows = snapshots.map(({ label, guestMs, afterIntervals, changed }, i) => [
    label,
    (guestMs / 1000).toFixed(1),
    grouped(afterIntervals),
    grouped(changed.length),
    ...(between === undefined ? [] : [grouped(between[i]!)]),
  ]);
  const heads = ['snapshot', 'guest s', 'after intervals', 'pages changed'];
  if (between !== undefined) heads.push('contents before');
  const columns = heads.map((head, i) => ({
    head,
    align: i === 0 ? ('left' as const) : ('right' as const),
  }));
  io.out(table(columns, rows, (text) => text));
  io.out(
    `\nphases    ${phases.map(({ name, guestMs }) => `${name} ${(guestMs / 1000).toFixed(1)} s`).join(', ')}\n`,
  );
  return EXIT.fine;
}

/** Contents between each snapshot and the one before. */
function steadyContents({ snapshots, steady }: Recording): readonly number[] | undefined {
  if (steady === undefined) return undefined;
  const counts = snapshots.map(() => 0);
  let snapshot = 0;
  for (const interval of steady.interval) {
    while (interval >= snapshots[snapshot]!.afterIntervals) snapshot++;
    counts[snapshot]!++;
  }
  return counts;
}

function steadySaid({ steadyMs, frame }: SteadyContents): string {
  const seconds = (steadyMs / 1000).toFixed(1);
  return `contents  at snapshots, and ${grouped(frame.length)} between them that lasted ${seconds} s or more\n`;
}

function summaryOf({ trace, pages, endMs }: Recording): string {
  const { instructions, intervals, pageEvents } = totalsOf(trace);
  const seconds = ((endMs.at(-1) ?? 0) / 1000).toFixed(1);
  return (
    `${mebibytes(pages)} MiB, ${seconds} guest seconds, ${grouped(intervals)} intervals, ` +
    `${grouped(instructions)} instructions, ${grouped(pageEvents)} page events`
  );
}
