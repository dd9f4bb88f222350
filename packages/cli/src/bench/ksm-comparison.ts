/** KSM in simulation beside a real ksmd, over the life of a recorded guest: as numbers, and as a table for the docs. */
import { grouped } from '@overbook/lab/words';
import type { Recording } from '@overbook/traces';

import type { KsmCounts, KsmLog } from './ksm-log.ts';
import { simulatedKsm } from './simulated-ksm.ts';

export interface KsmComparison {
  readonly log: KsmLog;
  /** After each step of the log. */
  readonly simulated: readonly KsmCounts[];
  /** The same without what the recorder found between snapshots: such pages are private. */
  readonly snapshotsAlone: readonly KsmCounts[];
}

/** Replays the recording twice. */
export function compareKsm(recording: Recording, log: KsmLog): KsmComparison {
  return {
    log,
    simulated: simulatedKsm(recording, log),
    snapshotsAlone: simulatedKsm({ ...recording, steady: undefined }, log),
  };
}

const COUNTERS = ['pagesShared', 'pagesUnshared', 'pagesVolatile'] as const;
const HEADS = [
  'guest s',
  'full scans',
  'pages_sharing',
  'without contents between',
  'pages_shared',
  'pages_unshared',
  'pages_volatile',
];
/** Steps from row to row of the table. */
const EVERY = 10;

/**
 * Every tenth step, the last, and the mean of all; a cell holds the real count, then the simulated one. Full scans
 * count from the first step.
 */
export function ksmTable({ log, simulated, snapshotsAlone }: KsmComparison): string {
  const { steps } = log;
  const rows = steps.flatMap((real, i) => {
    if ((i + 1) % EVERY !== 0 && i < steps.length - 1) return [];
    const label = (real.guestMs / 1000).toFixed(0);
    const scans = [real.fullScans - steps[0]!.fullScans, simulated[i]!.fullScans - simulated[0]!.fullScans];
    return [cells(label, scans.join(' / '), real, simulated[i]!, snapshotsAlone[i]!)];
  });
  rows.push(cells('mean', '', meanOf(steps), meanOf(simulated), meanOf(snapshotsAlone)));
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |\n`;
  return line(HEADS) + line(HEADS.map(() => '--:')) + rows.map(line).join('');
}

/** How far apart pages_sharing is at a step, in the mean, as a part of its real mean. */
export function meanDistance({ steps }: KsmLog, simulated: readonly KsmCounts[]): number {
  const apart = steps.map(({ pagesSharing }, i) => Math.abs(pagesSharing - simulated[i]!.pagesSharing));
  return apart.reduce((sum, one) => sum + one, 0) / steps.length / meanOf(steps).pagesSharing;
}

function cells(
  label: string,
  scans: string,
  real: KsmCounts,
  simulated: KsmCounts,
  { pagesSharing: alone }: KsmCounts,
): string[] {
  const both = (counter: keyof KsmCounts): string =>
    `${grouped(real[counter])} / ${grouped(simulated[counter])}`;
  return [label, scans, both('pagesSharing'), grouped(alone), ...COUNTERS.map(both)];
}

function meanOf(steps: readonly KsmCounts[]): KsmCounts {
  const mean = (counter: keyof KsmCounts): number =>
    Math.round(steps.reduce((sum, step) => sum + step[counter], 0) / steps.length);
  return {
    pagesScanned: mean('pagesScanned'),
    fullScans: mean('fullScans'),
    pagesShared: mean('pagesShared'),
    pagesSharing: mean('pagesSharing'),
    pagesUnshared: mean('pagesUnshared'),
    pagesVolatile: mean('pagesVolatile'),
    stableNodeDups: mean('stableNodeDups'),
  };
}
