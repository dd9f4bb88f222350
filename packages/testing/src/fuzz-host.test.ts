import { expect, test } from 'vitest';

import { fuzzHost } from './fuzz-host.ts';
import { kitBlocks } from './kit/kit-blocks.ts';
import { kitClones } from './kit/kit-clones.ts';
import { kitShare } from './kit/kit-share.ts';
import { kitSwap } from './kit/kit-swap.ts';
import { doubleFree, wrongSlot } from './broken/index.ts';

const otherSwap = { ...kitSwap, id: 'kit-swap-2', kinds: ['kit-swapped'] };
const sound = [{ plugin: kitShare }, { plugin: otherSwap }];
const SEEDS = Array.from({ length: 12 }, (_, seed) => seed);

test('sound strategies come through any host', () => {
  const outcomes = SEEDS.map((seed) => fuzzHost(seed, sound));
  expect(outcomes.every(({ accesses, pagesChecked }) => accesses > 0 && pagesChecked > 0)).toBe(true);
});

test('strategies that clone and unplug come through any host, templates among them', () => {
  const outcomes = SEEDS.map((seed) =>
    fuzzHost(seed, [{ plugin: kitClones }, { plugin: kitBlocks }, { plugin: otherSwap }]),
  );
  expect(outcomes.filter(({ what }) => what.includes('templates')).length).toBeGreaterThan(1);
  expect(outcomes.some(({ what }) => /kit-clones.*templates/.test(what))).toBe(true);
});

test('one seed is one run', () => {
  expect(fuzzHost(7, sound)).toEqual(fuzzHost(7, sound));
});

test.each([doubleFree, wrongSlot])('some seed finds what $plugin.id breaks', ({ plugin, breaks }) => {
  const found = SEEDS.flatMap((seed) => {
    try {
      fuzzHost(seed, [{ plugin }]);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
  expect(
    found.some(
      (message) => message.includes(breaks) || /frames are conserved|own to give back/.test(message),
    ),
  ).toBe(true);
});
