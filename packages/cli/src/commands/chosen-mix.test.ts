import { expect, test } from 'vitest';

import { chosenMix } from './chosen-mix.ts';

const mixes = {
  'swap-only': { strategies: ['hostswap'] },
  classic: { strategies: ['tps', 'balloon', 'hostswap'] },
  other: { strategies: ['tps', 'compression', 'hostswap'] },
};

test('a named mix is taken, even one that does not exist: planning refuses it with its line', () => {
  expect(chosenMix({ mixes }, 'swap-only')).toBe('swap-only');
  expect(chosenMix({ mixes }, 'clasic')).toBe('clasic');
});

test('without a name it is the first of those with most strategies', () => {
  expect(chosenMix({ mixes }, undefined)).toBe('classic');
});
