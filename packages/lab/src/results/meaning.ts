/** What a comparison means, in a sentence or two that claim no more than the figures show. */
import { leastOf } from '../statistics/least.ts';
import { listed, percent, short } from '../words/words.ts';
import type { MixResult, SummaryIntervals } from './results.ts';

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

/**
 * The sentences. @param mixes of one host size @param baseline name of one of them; default the first @param bounds of
 * the same host size; no sentence ranks them
 */
export function meaning(
  mixes: readonly MixResult[],
  seeds: number,
  baseline = mixes[0]?.name,
  bounds: readonly MixResult[] = [],
): string {
  if (mixes.length === 0 && bounds.length > 0)
    return 'Only bounds ran: there is no mix to hold against them.';
  const done = mixes.filter(isDone);
  // Less work is no less pain: what lost work is held against nothing.
  const whole = done.filter(({ lostWork }) => lostWork !== true);
  const sentences = [
    verdict(
      done,
      whole,
      mixes.find(({ name }) => name === baseline),
      seeds,
      bounds.filter(isDone),
    ),
    ...fates(done),
  ];
  for (const mix of done) {
    if (mix.silentPolicies === undefined) continue;
    const policies = mix.silentPolicies.map((id) => `\`${id}\``);
    sentences.push(
      `In ${quoted(mix)} ${listed(policies)} gave no order: the result is that of the mix without it.`,
    );
  }
  if (seeds === 1 && whole.length > 1) sentences.push('One seed may be chance: use `--seeds 5`.');
  return sentences.join(' ');
}

/** Who did not do all their work, and why; all of them are out of the verdict. */
function fates(done: readonly Done[]): readonly string[] {
  const killed = done.filter(({ guestsKilled = 0 }) => guestsKilled > 0);
  const refused = done.filter(({ guestsNotAdmitted = 0 }) => guestsNotAdmitted > 0);
  const within = done.filter(
    (mix) => mix.lostWork === true && !killed.includes(mix) && !refused.includes(mix),
  );
  const said: string[] = [];
  if (killed.length > 0)
    said.push(
      `Guests were ended in ${listed(killed.map(quoted))} because their memory could not be served: ` +
        'the figures cover less work and are not compared.',
    );
  if (refused.length > 0)
    said.push(
      `Guests were not admitted in ${listed(refused.map(quoted))}: the figures cover fewer guests and are ` +
        'not compared.',
    );
  if (within.length > 0)
    said.push(
      `Programs were ended inside guests in ${listed(within.map(quoted))}: the figures cover less work and are ` +
        'not compared.',
    );
  return said;
}

function verdict(
  done: readonly Done[],
  whole: readonly Done[],
  first: MixResult | undefined,
  seeds: number,
  bounds: readonly Done[],
): string {
  if (done.length === 0) return 'No mix ran to its end, so there is nothing to compare.';
  if (whole.length === 0) return 'Every mix lost work, so none can be compared with another.';
  if (
    whole.length === done.length &&
    done.every(({ summary }) => summary.swapInPages.mean === 0 && summary.workSlowdown.mean < 1 + SAME)
  )
    return 'No guest had to wait for memory in any mix: this host was not short of it.';
  if (whole.length === 1) {
    const lines = bounds.map((bound) => `${times(bound.summary.workSlowdown.mean)} with ${quoted(bound)}`);
    if (lines.length > 0)
      return (
        `Only ${quoted(whole[0]!)} can be held against a bound: it slowed the guests to ` +
        `${times(whole[0]!.summary.workSlowdown.mean)}, against ${listed(lines)}.`
      );
    const alone = done.length === 1 ? 'ran' : 'did all the work';
    return `Only ${quoted(whole[0]!)} ${alone}, so there is nothing to compare it with.`;
  }
  const base = whole.find((mix) => mix === first);
  return seeds === 1 ? oneSeed(whole, base) : overSeeds(whole, base, seeds);
}

function oneSeed(whole: readonly Done[], base: Done | undefined): string {
  const best = whole.reduce((least, mix) =>
    mix.summary.workSlowdown.mean < least.summary.workSlowdown.mean ? mix : least,
  );
  if (best === base)
    return `No mix slowed the guests less than ${quoted(base)} (${figures(base, base)})${drawn(base, 'nor')}.`;
  const said = `${figures(best, base)})${drawn(best)}${details(best, base)}`;
  return `With this seed ${quoted(best)} slowed the guests least (${said}.`;
}

function overSeeds(whole: readonly Done[], base: Done | undefined, seeds: number): string {
  const standing = leastOf(whole.map(({ runs }) => runs.map(({ workSlowdown }) => workSlowdown)));
  const best = whole[standing.best]!;
  const tied = standing.tied.map((index) => whole[index]!);
  const over = `Over ${seeds} seeds`;
  if (base !== undefined && tied.includes(base))
    return (
      `${over} no mix can be told apart from ${quoted(base)} by slow-down: the best, ${quoted(best)} ` +
      `(${figures(best, base)}), differs by no more than chance may.`
    );
  if (tied.length > 0)
    return (
      `${over} ${listed([best, ...tied].map(quoted))} slowed the guests least and cannot be told apart: ` +
      `${quoted(best)} has ${figures(best, base)}${details(best, base)}.`
    );
  if (best === base)
    return (
      `${over} ${quoted(base)} slowed the guests least (${times(base.summary.workSlowdown.mean)}): every other mix ` +
      `did worse by more than chance explains${drawn(base)}.`
    );
  return (
    `${over} ${quoted(best)} slowed the guests least (${figures(best, base)}), less than every other mix, by more ` +
    `than chance explains${drawn(best)}${details(best, base)}.`
  );
}

function figures(best: Done, base: Done | undefined): string {
  const own = times(best.summary.workSlowdown.mean);
  if (base === undefined || best === base) return own;
  return `${own} against ${times(base.summary.workSlowdown.mean)} with ${quoted(base)}`;
}

/** In how many draws of the guests it is the best too; nothing where none were drawn. */
function drawn({ overGuests }: Done, and = 'and'): string {
  return overGuests === undefined ? '' : `, ${and} in ${percent(overGuests.leastIn)} of draws of such guests`;
}

/** What else sets the best mix apart from the baseline. */
function details(best: Done, base: Done | undefined): string {
  if (base === undefined || best === base) return '';
  const worst = (mix: Done): string => `${short(mix.summary.worstGuestStall.mean * 100)} %`;
  return `; the worst-hit guest waited ${worst(best)} of its life (${worst(base)})`;
}
