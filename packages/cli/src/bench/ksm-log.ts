/**
 * What a real ksmd counted while a guest was recorded (format OBKSM1, tools/capture): one line of JSON on its settings,
 * then one line per step. At each step the VM stood still, ksmd scanned one batch, and its counters were read.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const count = z.int().min(0);

const head = z.strictObject({
  format: z.literal('OBKSM1'),
  /** Of the recording. */
  name: z.string(),
  /** Guest time between two steps. */
  stepMs: z.int().min(1),
  /** One batch. */
  pagesToScan: z.int().min(1),
  /** Of the host that ran ksmd, as `uname -r` prints it. */
  kernel: z.string(),
  /** Files of /sys/kernel/mm/ksm. */
  settings: z.record(z.string(), z.string()),
});

/** Counters of /sys/kernel/mm/ksm. */
const counts = {
  pagesScanned: count,
  fullScans: count,
  pagesShared: count,
  pagesSharing: count,
  pagesUnshared: count,
  pagesVolatile: count,
  stableNodeDups: count,
};

const step = z.strictObject({
  /** The step lies before this interval of the recording. */
  interval: count,
  guestMs: count,
  ...counts,
  zeroPages: count.optional(),
  residentPages: count.optional(),
});

export type KsmCounts = Readonly<Record<keyof typeof counts, number>>;
export type KsmStep = Readonly<z.output<typeof step>>;

export interface KsmLog extends Readonly<z.output<typeof head>> {
  readonly steps: readonly KsmStep[];
}

/** @throws ZodError for a log that is not of this format; Error for one whose steps go back */
export function readKsmLog(path: string): KsmLog {
  return parseKsmLog(readFileSync(path, 'utf8'));
}

/** The same from its text. */
export function parseKsmLog(text: string): KsmLog {
  const [first, ...rest] = text.trim().split('\n');
  const steps = rest.map((line) => step.parse(JSON.parse(line)));
  const log = { ...head.parse(JSON.parse(first!)), steps };
  const goesBack = steps.findIndex(
    ({ interval, pagesScanned }, i) =>
      i > 0 && (interval < steps[i - 1]!.interval || pagesScanned < steps[i - 1]!.pagesScanned),
  );
  if (goesBack >= 0) throw new Error(`step ${goesBack} of the log of ${log.name} lies before the one before`);
  return log;
}
