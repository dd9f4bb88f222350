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
  return { kind: 'ranked', file, ...among(ranking, new Set(mixes.map(({ name }) => name))) };
}

type KeptRanking = ReturnType<typeof rankSchema.parse>;

/** What a ranking says of some of its mixes: who is best at a setting depends on who is there. */
function among(
  { lead: first, points, turns }: KeptRanking,
  compared: ReadonlySet<string>,
): Pick<Extract<KnownOrder, { kind: 'ranked' }>, 'lead' | 'bestIn' | 'of' | 'turns'> {
  const wins = new Map<string, number>();
  for (const { pain } of points) {
    const done = Object.entries(pain).filter(([name, value]) => value !== null && compared.has(name));
    const [best] = done.sort(([, a], [, b]) => a! - b!)[0] ?? [];
    if (best !== undefined) wins.set(best, (wins.get(best) ?? 0) + 1);
  }
  const [lead = null, bestIn = 0] = [...wins].sort(([, a], [, b]) => b - a)[0] ?? [];
  // What turns an order was looked for between the ranking's own lead and its rivals.
  const known = lead === first ? turns.filter(({ mix }) => compared.has(mix)) : [];
  return { lead, bestIn, of: points.length, turns: [...new Set(known.map(({ factor }) => factor))] };
}

function readRanking(path: string): KeptRanking | undefined {
  try {
    return rankSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    // Whatever it is, it is no ranking.
    return undefined;
  }
}
