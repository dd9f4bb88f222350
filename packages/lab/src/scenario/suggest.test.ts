import { expect, test } from 'vitest';

import { didYouMean, nearest } from './suggest.ts';

test('suggests what differs by a slip of the finger', () => {
  expect(nearest('memroy', ['memory', 'reserve'])).toBe('memory');
  expect(nearest('Hostswap', ['hostswap', 'tps'])).toBe('hostswap');
  expect(nearest('tsp', ['hostswap', 'tps'])).toBe('tps');
});

test('suggests nothing for what resembles nothing', () => {
  expect(nearest('xyz', ['memory', 'reserve'])).toBeUndefined();
});

test('always says what is known', () => {
  expect(didYouMean('memroy', ['memory', 'reserve'])).toBe("Did you mean 'memory'? Known: memory, reserve.");
  expect(didYouMean('xyz', ['memory'])).toBe('Known: memory.');
  expect(didYouMean('xyz', [])).toBe('Known: none.');
});

test('part of a name means the first name that has it', () => {
  const known = ['waldspurger-2002-fig6', 'waldspurger-2002-fig7', 'waldspurger-2002-fig7-throughput'];
  expect(didYouMean('fig7', known)).toMatch(/^Did you mean 'waldspurger-2002-fig7'\?/);
  expect(didYouMean('7', known)).toMatch(/^Known: /);
});
