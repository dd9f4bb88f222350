import { z } from 'zod';

import { OverbookError } from '../units/errors.ts';
import type { Observation } from './policy.ts';

/** What the first line of an observation log says (docs/formats/observation-log.md). */
export const OBSERVATION_LOG = { format: 'overbook-observations', version: 1 } as const;

const count = z.int().min(0);
const time = z.number().min(0);
const stall = z.looseObject({
  avg10: z.number(),
  avg60: z.number(),
  avg300: z.number().exactOptional(),
  totalNs: time,
});

const vm = z.looseObject({
  vm: count,
  name: z.string(),
  size: count,
  reservation: count,
  limit: count,
  shares: z.number(),
  pool: z.string().exactOptional(),
  overhead: count.exactOptional(),
  consumed: count,
  active: z.number().exactOptional(),
  ballooned: count.exactOptional(),
  unplugged: count.exactOptional(),
  kinds: z.record(z.string(), count),
  guestFree: count.exactOptional(),
  guestAvailable: count.exactOptional(),
  hasDriver: z.boolean(),
  statisticsAgeNs: time.exactOptional(),
  guestSwapped: count.exactOptional(),
  guestSwapIns: count.exactOptional(),
  guestSwapOuts: count.exactOptional(),
  balloonTarget: count.exactOptional(),
  target: count.exactOptional(),
  swapIns: count.exactOptional(),
  swapOuts: count.exactOptional(),
  refaults: count.exactOptional(),
  waited: z.looseObject({ swap: time, compression: time, blocked: time, other: time }).exactOptional(),
  some: stall.exactOptional(),
  full: stall.exactOptional(),
});

/** One line of an observation log. Fields of later versions pass: a reader takes those it knows. */
export const observationSchema: z.ZodType = z.looseObject({
  time,
  state: z.enum(['high', 'clear', 'soft', 'hard', 'low']),
  total: count,
  free: count,
  wanted: count,
  waited: time.exactOptional(),
  some: stall.exactOptional(),
  swapUsed: count.exactOptional(),
  swapTotal: count.exactOptional(),
  ksm: z.looseObject({ pagesShared: count, pagesSharing: count }).exactOptional(),
  held: count.exactOptional(),
  cause: z.enum(['period', 'state', 'power', 'change']),
  vms: z.array(vm),
  pools: z
    .array(
      z.looseObject({
        name: z.string(),
        parent: z.string().exactOptional(),
        shares: z.number(),
        reservation: count,
        limit: count.exactOptional(),
      }),
    )
    .exactOptional(),
});

/** First line of a log. */
export function observationLogHeader(): string {
  return `${JSON.stringify(OBSERVATION_LOG)}\n`;
}

/** One observation as a line of a log. */
export function observationLine(observation: Observation): string {
  return `${JSON.stringify(observation)}\n`;
}

/**
 * Reads a whole log.
 * @param file for messages
 * @throws OVB_OBSERVATIONS_INVALID naming the line that is no observation, or goes back in time
 */
export function readObservations(text: string, file: string): readonly Observation[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  checkHeader(lines[0], file);
  let before = 0;
  return lines.slice(1).map((line, i) => {
    const parsed = observationSchema.safeParse(jsonOf(line, file, i + 2));
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!;
      throw invalid(file, i + 2, `${path.join('.') || 'the line'}: ${message}`);
    }
    const observation = parsed.data as Observation;
    if (observation.time < before)
      throw invalid(file, i + 2, `time goes back from ${before} to ${observation.time}`);
    before = observation.time;
    return observation;
  });
}

function checkHeader(line: string | undefined, file: string): void {
  const header = jsonOf(line ?? '', file, 1) as { format?: unknown; version?: unknown } | null;
  if (header?.format !== OBSERVATION_LOG.format)
    throw invalid(file, 1, 'it does not begin as an observation log does');
  if (header.version !== OBSERVATION_LOG.version)
    throw invalid(
      file,
      1,
      `its version is ${String(header.version)}; this reader reads version ${OBSERVATION_LOG.version}`,
    );
}

function jsonOf(line: string, file: string, number: number): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    throw invalid(file, number, error instanceof Error ? `no JSON: ${error.message}` : 'no JSON');
  }
}

function invalid(file: string, line: number, what: string): OverbookError {
  return new OverbookError(
    'OVB_OBSERVATIONS_INVALID',
    `${file}:${line}`,
    what,
    'Give a log in the format of docs/formats/observation-log.md; an incomplete last line can be removed.',
    undefined,
    { file, line },
  );
}
