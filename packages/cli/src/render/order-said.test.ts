import { expect, test } from 'vitest';

import { orderSaid } from './ranking.ts';

const ranked = { kind: 'ranked', file: 'x.rank.json', lead: 'classic', of: 25 } as const;

test.each([
  [{ kind: 'unknown' } as const, 'Other assumptions may turn this: `rank x` tells.'],
  [
    { kind: 'outdated', file: 'x.rank.json' } as const,
    'x.rank.json ranks other mixes, sizes or text: `rank x` renews it.',
  ],
  [
    { ...ranked, bestIn: 25, turns: [] },
    'Other assumptions are not known to turn this order: `classic` is best in 25 of 25 settings ' +
      'of what is assumed (x.rank.json).',
  ],
  [
    { ...ranked, bestIn: 20, turns: ['cowBreak', 'hashPage', 'copyPage', 'zeroPage'] },
    'This order is known to turn, with cowBreak, hashPage and copyPage: `classic` is best in 20 of 25 settings ' +
      'of what is assumed (x.rank.json).',
  ],
  [
    { ...ranked, bestIn: 24, turns: [] },
    'This order is known to turn: `classic` is best in 24 of 25 settings of what is assumed ' +
      '(x.rank.json).',
  ],
  [
    { ...ranked, lead: null, bestIn: 0, turns: [] },
    'No mix does all the work in any setting of what is assumed (x.rank.json).',
  ],
])('says whether the order is known to turn: %#', (order, said) => {
  expect(orderSaid(order, 'rank x')).toBe(said);
});
