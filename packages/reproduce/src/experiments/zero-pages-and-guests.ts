import type { Recording } from '@overbook/traces';
import { readRecording } from '@overbook/traces';

import type { Experiment, Figure, Row } from '../experiment.ts';
import type { SharingSeen } from './snapshot-host.ts';
import { SHARE_BETWEEN, SHARE_WITHIN, SnapshotHost, snapshotNamed } from './snapshot-host.ts';

const RECORDINGS = ['idle-b', 'sqlite', 'redis', 'python', 'compile', 'files'];

/** Parts of one VM's memory in percent, at one snapshot. */
interface Part {
  readonly seconds: number;
  /** Phase of the work that the snapshot falls into. */
  readonly phase: string;
  readonly zero: number;
  /** Saved at contents other than zero, within the VM. */
  readonly within: number;
  /** The same when all VMs may share. */
  readonly between: number;
}

/** The experiment over those recordings. */
export function zeroPagesIn(names: readonly string[]): Experiment {
  return {
    id: 'zero-pages-and-guests',
    grade: 'unpublished',
    title: 'Zero and other sharing of six real guests over their phases',
    source: 'the recordings of this project; nothing is published to compare with',
    about:
      'Recorded guests go through the snapshots of their work, about ten seconds apart; page ' +
      'sharing scans them fully at each, once within each VM only and once between all. Rows: the ' +
      'first snapshot of each phase.',
    calibrated: [],
    chosen: [`recordings ${names.join(', ')}, from work-start to the end`],
    gaps: ['nothing is published: the rows are measured and compared with nothing'],
    run: ({ datasets, mechanisms, progress }) => {
      const recordings = names.map((name) => readRecording(`${datasets}/recordings/${name}.ovr`));
      const hosts = [SHARE_WITHIN, SHARE_BETWEEN].map(
        (sharing) => new SnapshotHost(recordings, sharing, mechanisms),
      );
      const starts = recordings.map((recording) => snapshotNamed(recording, 'work-start'));
      const steps = Math.max(...recordings.map(({ snapshots }, vm) => snapshots.length - starts[vm]!));
      const parts: Part[][] = recordings.map(() => []);
      for (let step = 0; step < steps; step++) {
        const snapshotOf = (recording: Recording): number =>
          Math.min(starts[recordings.indexOf(recording)]! + step, recording.snapshots.length - 1);
        for (const host of hosts) host.standAt(snapshotOf);
        const [within, between] = hosts.map((host) => host.seen());
        recordings.forEach((recording, vm) => {
          if (starts[vm]! + step < recording.snapshots.length)
            parts[vm]!.push(partOf(recording, snapshotOf(recording), within![vm]!, between![vm]!));
        });
        progress((step + 1) / steps);
      }
      for (const host of hosts) host.dispose();
      return {
        rows: recordings.flatMap(({ name }, vm) => phaseRows(name, parts[vm]!)),
        figures: recordings.map(({ name }, vm) => figureOf(name, parts[vm]!)),
      };
    },
  };
}

export const zeroPagesAndGuests = zeroPagesIn(RECORDINGS);

function partOf(recording: Recording, snapshot: number, within: SharingSeen, between: SharingSeen): Part {
  const { guestMs } = recording.snapshots[snapshot]!;
  const percent = (pages: number): number => (100 * pages) / recording.pages;
  return {
    seconds: guestMs / 1000,
    phase: recording.phases.findLast((phase) => phase.guestMs <= guestMs)?.name ?? 'boot',
    zero: percent(within.zero),
    within: percent(within.savedElsewhere),
    between: percent(between.savedElsewhere),
  };
}

function phaseRows(name: string, parts: readonly Part[]): readonly Row[] {
  return parts
    .filter(({ phase }, i) => phase !== parts[i - 1]?.phase)
    .map(({ phase, seconds, zero, within, between }) => ({
      quantity: `${name}, ${phase}, at ${seconds.toFixed(0)} s [% of its memory]`,
      published: null,
      measured:
        `zero ${zero.toFixed(1)}, saved elsewhere ${within.toFixed(1)} within it, ` +
        `${between.toFixed(1)} with all others`,
      tolerance: 'reported',
      pass: [zero, within, between].every((part) => Number.isFinite(part) && part >= 0 && part <= 100),
      grade: 'unpublished',
    }));
}

function figureOf(name: string, parts: readonly Part[]): Figure {
  const series = (title: string, of: (part: Part) => number): Figure['series'][number] => ({
    name: title,
    from: 'measured',
    points: parts.map((part) => [part.seconds, of(part)]),
  });
  return {
    id: `zero-pages-${name}`,
    title: `${name}: what could be shared over its work`,
    x: 'guest time [s]',
    y: 'part of its memory [%]',
    series: [
      series('zero pages', ({ zero }) => zero),
      series('saved at other contents, within it', ({ within }) => within),
      series('saved at other contents, with all others', ({ between }) => between),
    ],
  };
}
