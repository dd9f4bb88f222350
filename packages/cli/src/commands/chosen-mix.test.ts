import { expect, test } from 'vitest';

import { chosenMix } from './chosen-mix.ts';

const mixes = {
  'swap-only': { strategies: ['hostswap'] },
  classic: { strategies: ['tps', 'balloon', 'hostswap'] },
  other: { strategies: ['tps', 'compression', 'hostswap'] },
};

test('a named mix is taken, even one that does not exist: planning refuses it with its line', async () => {
  expect(await chosenMix({ mixes }, 'swap-only')).toBe('swap-only');
  expect(await chosenMix({ mixes }, 'clasic')).toBe('clasic');
});

test('without a name it is the first of those with most strategies', async () => {
  expect(await chosenMix({ mixes }, undefined)).toBe('classic');
});

test('a bound is not chosen, however many strategies it has, unless there is nothing else', async () => {
  const bounds = {
    sharing: { strategies: [{ 'equal-pages': {} }, 'balloon', 'compression', 'hostswap'] },
    belady: { strategies: ['belady'] },
  };
  expect(
    await chosenMix({ mixes: { ...bounds, 'swap-only': { strategies: ['hostswap'] } } }, undefined),
  ).toBe('swap-only');
  expect(await chosenMix({ mixes: bounds }, undefined)).toBe('sharing');
  expect(await chosenMix({ mixes: { ...mixes, ...bounds } }, 'belady')).toBe('belady');
});
