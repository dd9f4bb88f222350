/**
 * The ranking that is kept beside a scenario, so that a comparison can tell whether its order is known to turn:
 * `quickstart.rank.json` of `quickstart.yaml`, written by `overbook rank --keep`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

import type { Experiment } from '../experiment/experiment.ts';
import { rankSchema } from './rank-schema.ts';

/** What is known of an order. */
export type KnownOrder =
  | { readonly kind: 'unknown' }
  /** A ranking is kept, but of another text, other mixes or another host size. */
  | { readonly kind: 'outdated'; readonly file: string }
  | {
      readonly kind: 'ranked';
      /** Name of the ranking's file, which lies beside the scenario. */
      readonly file: string;
      /** The mix that was best most often; null where none did all its work anywhere. */
      readonly lead: string | null;
      /** Settings in which it was best, of how many. */
      readonly bestIn: number;
      readonly of: number;
      /** Costs, or the host's size, that turn the order; the clearest first. */
      readonly turns: readonly string[];
    };

/** @param path of a scenario */
export function keptRankingPath(path: string): string {
  return `${path.replace(/\.ya?ml$/, '')}.rank.json`;
}

/** What the ranking beside a scenario says of an experiment on it. */
export function knownOrder({ file: scenario, mixes, memories }: Experiment): KnownOrder {
  const path = keptRankingPath(scenario.path);
  const file = basename(path);
  if (!existsSync(path)) return { kind: 'unknown' };
  const outdated: KnownOrder = { kind: 'outdated', file };
  const ranking = readRanking(path);
  if (ranking === undefined || ranking.scenarioText !== scenario.text) return outdated;
  const ranked = new Set(ranking.mixes.map(({ name }) => name));
  const sizes = new Set<number>(ranking.points.map(({ hostMemoryPages }) => hostMemoryPages));
  const isOther =
    mixes.some(({ name, bound }) => bound !== true && !ranked.has(name)) ||
    memories.some((memory) => !sizes.has(memory));
  if (isOther) return outdated;
  const { lead, points, turns } = ranking;
  return {
    kind: 'ranked',
    file,
    lead,
    bestIn: points.filter(({ best }) => best === lead).length,
    of: points.length,
    turns: [...new Set(turns.map(({ factor }) => factor))],
  };
}

function readRanking(path: string): ReturnType<typeof rankSchema.parse> | undefined {
  try {
    return rankSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    // Whatever it is, it is no ranking.
    return undefined;
  }
}
