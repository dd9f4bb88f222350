/** What a comparison means, in a sentence or two that claim no more than the figures show. */
import type { MixResult, SummaryIntervals } from '@overbook/lab';
import { isClear, pairedDifference } from '@overbook/lab';

import { listed, percent } from './words.ts';

/** A mix that ran to its end. */
type Done = MixResult & { readonly summary: SummaryIntervals; readonly runs: NonNullable<MixResult['runs']> };

function isDone(mix: MixResult): mix is Done {
  return mix.summary !== undefined && mix.runs !== undefined;
}

function quoted({ name }: MixResult): string {
  return `\`${name}\``;
}
function times(value: number): string {
  return value.toFixed(3);
}

/** A slow-down below this fraction would not be noticed. */
const SAME = 0.0005;

/** The sentences. @param mixes of one host size @param baseline name of one of them; default the first */
export function meaning(mixes: readonly MixResult[], seeds: number, baseline = mixes[0]?.name): string {
  const done = mixes.filter(isDone);
  const sentences = [
    verdict(
      done,
      mixes.find(({ name }) => name === baseline),
      seeds,
    ),
  ];
  const killed = done.filter(({ guestsKilled = 0 }) => guestsKilled > 0);
  if (killed.length > 0) {
    sentences.push(
      `Guests were ended because their memory could not be served in ${listed(killed.map(quoted))}: ` +
        'their other figures stand for shorter work.',
    );
  }
  const refused = done.filter(({ guestsNotAdmitted = 0 }) => guestsNotAdmitted > 0);
  if (refused.length > 0) {
    sentences.push(
      `Guests were not admitted in ${listed(refused.map(quoted))}: they did nothing and count in no slow-down.`,
    );
  }
  for (const mix of done) {
    if (mix.silentPolicies === undefined) continue;
    const policies = mix.silentPolicies.map((id) => `\`${id}\``);
    sentences.push(
      `In ${quoted(mix)} ${listed(policies)} gave no order: what it shows is the mix without it.`,
    );
  }
  if (seeds === 1 && done.length > 1)
    sentences.push('One seed cannot tell an effect from chance: `--seeds 5` gives 95 % intervals.');
  return sentences.join(' ');
}

function verdict(done: readonly Done[], first: MixResult | undefined, seeds: number): string {
  if (done.length === 0) return 'No mix ran to its end, so there is nothing to compare.';
  if (done.every(({ summary }) => summary.swapInPages.mean === 0 && summary.slowdown.mean < 1 + SAME))
    return 'No guest had to wait for memory in any mix: this host was not short of it.';
  if (done.length === 1) return `Only ${quoted(done[0]!)} ran, so there is nothing to compare it with.`;
  const best = done.reduce((least, mix) =>
    mix.summary.slowdown.mean < least.summary.slowdown.mean ? mix : least,
  );
  const base = done.find((mix) => mix === first);
  if (base === undefined)
    return `${quoted(best)} slowed the guests least (${times(best.summary.slowdown.mean)}).`;
  if (best === base)
    return `No mix slowed the guests less than ${quoted(base)} (${times(base.summary.slowdown.mean)}).`;
  return seeds === 1 ? oneSeed(best, base) : overSeeds(done, best, base, seeds);
}

function oneSeed(best: Done, base: Done): string {
  return (
    `With this seed ${quoted(best)} slowed the guests least (${times(best.summary.slowdown.mean)} against ` +
    `${times(base.summary.slowdown.mean)} with ${quoted(base)}); ${swaps(best, base)}.`
  );
}

function overSeeds(done: readonly Done[], best: Done, base: Done, seeds: number): string {
  const figures = `${times(best.summary.slowdown.mean)} against ${times(base.summary.slowdown.mean)}`;
  if (!isClear(slowdownDifference(best, base))) {
    return (
      `Over ${seeds} seeds no mix can be told from ${quoted(base)} by slow-down: the best, ${quoted(best)} ` +
      `(${figures}), differs by less than the 95 % interval of the difference.`
    );
  }
  const alike = done.filter((mix) => mix !== best && mix !== base && !isClear(slowdownDifference(mix, best)));
  const tie = alike.length === 0 ? '' : ` ${listed(alike.map(quoted))} cannot be told from it by slow-down.`;
  return (
    `Over ${seeds} seeds ${quoted(best)} slowed the guests least (${figures} with ${quoted(base)}, beyond the 95 % ` +
    `interval of the difference); ${swaps(best, base)}.${tie}`
  );
}

/** Seed by seed: both mixes met the same guests, offsets and orders. */
function slowdownDifference(a: Done, b: Done) {
  return pairedDifference(
    a.runs.map(({ slowdown }) => slowdown),
    b.runs.map(({ slowdown }) => slowdown),
  );
}

function swaps(best: Done, base: Done): string {
  const own = best.summary.swapInPages.mean;
  const other = base.summary.swapInPages.mean;
  if (other === 0) return own === 0 ? 'neither had to swap in' : 'it swapped in, the other did not';
  const change = (own - other) / other;
  if (Math.abs(change) < 0.005) return 'both swapped in alike';
  if (own === 0) return 'it did not swap in at all';
  if (change < -0.99) return 'it swapped in over 99 % less';
  return change < 0 ? `it swapped in ${percent(-change)} less` : `it swapped in ${percent(change)} more`;
}
