import { expect, test } from 'vitest';

import { copiesSaid } from './copies.ts';

test('nothing is said where every guest has files of its own', () => {
  expect(copiesSaid([])).toBeUndefined();
});

test('copies are machines of their own: how much of them is re-keyed', () => {
  const said = copiesSaid([
    { dataset: 'recordings/redis.ovr', guests: ['a-1', 'a-2', 'a-3'], clones: [], rekeyed: 0.509 },
  ]);
  expect(said!.brief).toBe('copies: a-1, a-2 and a-3 of redis.ovr, 51 % of its pages re-keyed for each copy');
  expect(said!.whole).toMatch(
    /^Copies: a-1, a-2 and a-3 of redis\.ovr, 51 % of its pages re-keyed for each copy/,
  );
});

test('clones are told apart from copies of the same recording', () => {
  const said = copiesSaid([
    { dataset: 'redis', guests: ['a-1', 'a-2', 'b'], clones: ['a-1', 'a-2'], rekeyed: 0.5 },
  ]);
  expect(said!.brief).toBe(
    'copies: b of redis, 50 % of its pages re-keyed for each copy; clones with equal pages: a-1 and a-2 of redis',
  );
});

test('guests of one image share at most so much', () => {
  const guests = Array.from({ length: 7 }, (_, i) => `a-${i + 1}`);
  const said = copiesSaid([{ dataset: 'mini', guests }]);
  expect(said!.brief).toBe(
    '7 guests (a-1 to a-7) replay mini, so what they share across guests is an upper bound',
  );
});
