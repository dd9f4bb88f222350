import type { Interval, MixResult } from '@overbook/lab';
import { toPages } from '@overbook/core';
import { meaning } from '@overbook/lab';
import { describe, expect, test } from 'vitest';

import { tables } from './comparison.ts';

const SEEDS = [1, 2, 3];

/** A mix whose figures are given seed by seed, all alike but the slow-down. */
function mix(
  name: string,
  slowdowns: readonly number[],
  more: Partial<MixResult> & { swapIns?: number } = {},
): MixResult {
  const { swapIns = 1000, ...rest } = more;
  const mean = slowdowns.reduce((sum, value) => sum + value, 0) / slowdowns.length;
  const figure = (value: number, half = value / 10): Interval =>
    slowdowns.length === 1
      ? { mean: value, low: null, high: null }
      : { mean: value, low: value - half, high: value + half };
  const strategies = rest.strategies ?? ['hostswap'];
  return {
    name,
    strategies,
    hostMemoryPages: toPages(126_156),
    guestsKilled: 0,
    summary: {
      swapInPages: figure(swapIns),
      swapOutPages: figure(swapIns * 2),
      slowdown: figure(mean, 0.01),
      reclaimCpuNs: figure(571_000_000),
      worstStallNs: figure(2_114_796),
      workSlowdown: figure(mean, 0.01),
      worstGuestStall: figure(0.0123),
      stallP99Ns: figure(468_000),
      hostCpuNs: figure(1_230_000_000),
      pagesWritten: figure(swapIns * 2),
      workDone: figure(1, 0),
      reclaimedPages: Object.fromEntries(strategies.map((id) => [id, figure(83_461)])),
    },
    runs: slowdowns.map((slowdown, i) => ({
      seed: SEEDS[i]!,
      slowdown,
      swapInPages: swapIns,
      swapOutPages: swapIns * 2,
      reclaimCpuNs: 1,
      worstStallNs: 1,
      workSlowdown: slowdown,
      worstGuestStall: 0.0123,
      stallP99Ns: 1,
      hostCpuNs: 1,
      pagesWritten: 1,
      workDone: 1,
      reclaimedPages: {},
      cpuNs: {},
      guestsKilled: 0,
      guests: [],
    })),
    ...rest,
  };
}

const all = ['tps', 'balloon', 'compression', 'hostswap'];
const three = [
  mix('swap-only', [1.295]),
  mix('classic', [1.08], { strategies: all, swapIns: 5601 }),
  mix('patch', [1.2]),
];

describe('the table', () => {
  test('of one seed fits 80 columns in two parts', () => {
    expect(tables(three, { columns: 80, color: false })).toBe(
      [
        '             memory given back, at most (MiB)',
        'mix        tps  balloon  compression  hostswap',
        'swap-only    -        -            -       326',
        'classic    326      326          326       326',
        'patch        -        -            -       326',
        '',
        'mix        worst guest  slow-down  p99 wait  host CPU  written  swap-ins',
        'swap-only       1.23 %      1.295    468 us    1.23 s    2,000     1,000',
        'classic         1.23 %      1.080    468 us    1.23 s   11,202     5,601',
        'patch           1.23 %      1.200    468 us    1.23 s    2,000     1,000',
        '',
      ].join('\n'),
    );
  });

  test('stands in one part on a wide screen', () => {
    const [groups, head, first, ...rest] = tables(three, { columns: 200, color: false })
      .trimEnd()
      .split('\n');
    expect(groups).toMatch(/^ +memory given back, at most \(MiB\)$/);
    expect(head).toBe(
      'mix        tps  balloon  compression  hostswap  worst guest  slow-down  p99 wait  host CPU  written  swap-ins',
    );
    expect(first).toBe(
      'swap-only    -        -            -       326       1.23 %      1.295    468 us    1.23 s    2,000     1,000',
    );
    expect(rest).toHaveLength(2);
  });

  test.each([80, 100, 200])('of several seeds shows half intervals within %d columns', (columns) => {
    const mixes = three.map(({ name, strategies }) => mix(name, [1.2, 1.21, 1.22], { strategies }));
    const text = tables(mixes, { columns, color: false });
    expect(text).toContain('1.210 ±0.010');
    expect(text).toContain('468 ±46.8 us');
    expect(text).toContain('1.23 ±0.12 %');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  });

  test('marks a mix that failed, and has no figures for it', () => {
    const { summary: _, ...failed } = mix('mine', [1], { error: 'seed 1: mine failed: out of ideas' });
    expect(tables([three[0]!, failed], { columns: 80, color: false })).toMatch(
      /mine \(failed\) +- +- +- +- +- +-\n/,
    );
  });

  test('marks a mix that lost work', () => {
    const text = tables([three[0]!, mix('kill', [1], { lostWork: true })], { columns: 200, color: false });
    expect(text).toContain('kill (lost work)');
  });

  test('has bounds last, marked, and how far each mix went to them', () => {
    const reached = three.map((one, i) => ({ ...one, reached: { optimum: i / 4 } }));
    const bound = mix('optimum', [1.01], { strategies: ['belady'], swapIns: 500 });
    expect(tables(reached, { columns: 80, color: false }, [bound])).toBe(
      [
        '             memory given back, at most (MiB)   of the way to',
        'mix        tps  balloon  compression  hostswap        optimum',
        'swap-only    -        -            -       326            0 %',
        'classic    326      326          326       326           25 %',
        'patch        -        -            -       326           50 %',
        'optimum †    -        -            -         -              -',
        '',
        'mix        worst guest  slow-down  p99 wait  host CPU  written  swap-ins',
        'swap-only       1.23 %      1.295    468 us    1.23 s    2,000     1,000',
        'classic         1.23 %      1.080    468 us    1.23 s   11,202     5,601',
        'patch           1.23 %      1.200    468 us    1.23 s    2,000     1,000',
        'optimum †       1.23 %      1.010    468 us    1.23 s    1,000       500',
        '',
      ].join('\n'),
    );
  });

  test('has colour only where colour is wanted', () => {
    expect(tables(three, { columns: 80, color: false })).not.toContain('\u001B');
    expect(tables(three, { columns: 80, color: true })).toContain('\u001B[1m');
  });
});

describe('the meaning', () => {
  test('of one seed claims no more than that seed', () => {
    const said = meaning([mix('swap-only', [1.3]), mix('tps', [1.1], { swapIns: 170 })], 1);
    expect(said).toContain('With this seed `tps` slowed the guests least (1.100');
    expect(said).toContain('One seed may be chance');
  });
  test('of several seeds claims what is beyond chance, and says who cannot be told from the best', () => {
    const base = mix('swap-only', [1.3, 1.4, 1.5]);
    const tps = mix('tps', [1.1, 1.2, 1.3]);
    expect(meaning([base, tps, mix('x', [1.11, 1.19, 1.31])], 3)).toContain(
      'Over 3 seeds `tps` and `x` slowed the guests least and cannot be told apart: `tps` has 1.200 against 1.400 ' +
        'with `swap-only`',
    );
    expect(meaning([base, tps, mix('x', [1.21, 1.31, 1.42])], 3)).toContain(
      'Over 3 seeds `tps` slowed the guests least (1.200 against 1.400 with `swap-only`), less than every other mix',
    );
  });
  test('says so when nothing can be told', () => {
    const said = meaning([mix('swap-only', [1.3, 1.4, 1.5]), mix('tps', [1.5, 1.2, 1.4])], 3);
    expect(said).toContain('no mix can be told apart from `swap-only`');
  });
  test('says so when the baseline is best', () => {
    expect(meaning([mix('swap-only', [1.1]), mix('tps', [1.2])], 1)).toContain(
      'No mix slowed the guests less than `swap-only`',
    );
  });
  test('says so when memory was not short', () => {
    const mixes = [mix('swap-only', [1], { swapIns: 0 }), mix('tps', [1], { swapIns: 0 })];
    expect(meaning(mixes, 1)).toContain('this host was not short of it');
  });
  test.each([
    ['guestsKilled', 'Guests were ended in `balloon` because their memory could not be served'],
    ['guestsNotAdmitted', 'Guests were not admitted in `balloon`'],
    [undefined, 'Programs were ended inside guests in `balloon`'],
  ])('a mix that lost work (%s) is out of the verdict, however fast it looks', (key, why) => {
    const lost = { lostWork: true, ...(key === undefined ? {} : { [key]: 1 }) };
    const mixes = [mix('swap-only', [1.3]), mix('tps', [1.2]), mix('balloon', [1], lost)];
    const said = meaning(mixes, 1);
    expect(said).toContain('`tps` slowed the guests least');
    expect(said).toContain(why);
    expect(meaning([mixes[0]!, mixes[2]!], 1)).toContain('Only `swap-only` did all the work');
    expect(meaning([mixes[2]!], 1)).toContain('Every mix lost work');
  });
  test('says which policy gave no order: the mix ran without it', () => {
    const said = meaning([mix('swap-only', [1.3]), mix('calm', [1.2], { silentPolicies: ['shy'] })], 1);
    expect(said).toContain('In `calm` `shy` gave no order: the result is that of the mix without it.');
  });
  test('never ranks a bound', () => {
    const bounds = [mix('optimum', [1.01]), mix('unlimited', [1])];
    const [swap, tps] = [mix('swap-only', [1.3]), mix('tps', [1.1])];
    expect(meaning([swap, tps], 1, 'swap-only', bounds)).toBe(meaning([swap, tps], 1));
    expect(meaning([swap], 1, 'swap-only', bounds)).toBe(
      'Only `swap-only` can be held against a bound: it slowed the guests to 1.300, against 1.010 with `optimum` and ' +
        '1.000 with `unlimited`.',
    );
    expect(meaning([], 1, 'optimum', bounds)).toBe('Only bounds ran: there is no mix to hold against them.');
  });
  test('of nothing is nothing', () => {
    const { summary: _, ...failed } = mix('mine', [1], { error: 'x' });
    expect(meaning([failed], 1)).toBe('No mix ran to its end, so there is nothing to compare.');
  });
});

test('the verdict tells how much it depends on which guests these are', () => {
  const draws = (leastIn: number): Partial<MixResult> => ({ overGuests: { leastIn, low: 1, high: 2 } });
  const mixes = [
    mix('a', [1.3], { rank: 2, ...draws(0.125) }),
    mix('b', [1.1], { rank: 1, ...draws(0.875) }),
  ];
  expect(meaning(mixes, 1)).toContain('(1.100 against 1.300 with `a`), and in 88 % of draws of such guests;');
  expect(meaning(mixes, 1, 'b')).toContain('less than `b` (1.100), nor in 88 % of draws of such guests.');
  const seeds = [mix('a', [1.3, 1.31, 1.32]), mix('b', [1.1, 1.11, 1.1], draws(0.875))];
  expect(meaning(seeds, 3)).toContain('explains, and in 88 % of draws of such guests;');
  expect(meaning(seeds, 3, 'b')).toContain('explains, and in 88 % of draws of such guests.');
});
