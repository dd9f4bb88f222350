/** How far the reading of images is: one bar on stderr with throughput and time left, on a terminal only. */
import type { ScanProgress } from '@overbook/images';

import { stderrBar } from './bar.ts';
import type { Io } from './io.ts';

export interface ScanBar {
  readonly update: (progress: ScanProgress) => void;
  readonly stop: () => void;
}

const PHASES: Readonly<Record<ScanProgress['phase'], string>> = {
  read: 'reading and keying',
  compress: 'compressing',
  verify: 'comparing bytes',
  compare: 'looking for near-duplicates',
  hash: 'hashing the whole image',
};
const NOTHING: ScanBar = { update: () => undefined, stop: () => undefined };
const MIB = 1_048_576;

/** A bar of the phase that runs; does nothing where bars are not wanted. */
export async function scanBar(io: Io): Promise<ScanBar> {
  if (!io.bars) return NOTHING;
  const bar = await stderrBar('{phase}  {value} of {total} MiB  {speed} MiB/s  {left} s left', 24);
  let phase: ScanProgress['phase'] | undefined;
  let sinceMs = 0;
  return {
    update: (progress) => {
      const total = Math.max(1, Math.ceil(progress.totalBytes / MIB));
      const said = { phase: PHASES[progress.phase], speed: '-', left: '-' };
      if (progress.phase !== phase) {
        if (phase !== undefined) bar.stop();
        phase = progress.phase;
        sinceMs = performance.now();
        bar.start(total, 0, said);
      }
      const seconds = (performance.now() - sinceMs) / 1000;
      const speed = progress.doneBytes / MIB / Math.max(seconds, 1e-3);
      const left = (progress.totalBytes - progress.doneBytes) / MIB / Math.max(speed, 1e-3);
      const figures = seconds < 0.2 ? {} : { speed: speed.toFixed(0), left: left.toFixed(0) };
      bar.update(Math.round(progress.doneBytes / MIB), { ...said, ...figures });
    },
    stop: () => bar.stop(),
  };
}
