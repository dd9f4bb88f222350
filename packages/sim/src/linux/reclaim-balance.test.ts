import { expect, test } from 'vitest';

import { ReclaimBalance } from './reclaim-balance.ts';

test('without a history anonymous pages get the part that swappiness gives them', () => {
  expect(new ReclaimBalance().anonPart).toBeCloseTo(60 / 200, 10);
});

test('the kind whose pages come back is pressed less', () => {
  const files = new ReclaimBalance();
  for (let i = 0; i < 100; i++) files.note('file', 10_000);
  expect(files.anonPart).toBeGreaterThan(0.4);
  const swap = new ReclaimBalance();
  for (let i = 0; i < 100; i++) swap.note('anon', 10_000);
  expect(swap.anonPart).toBeLessThan(0.2);
});

test('old costs fade as new ones come', () => {
  const balance = new ReclaimBalance();
  for (let i = 0; i < 1000; i++) balance.note('anon', 100);
  for (let i = 0; i < 200; i++) balance.note('file', 100);
  expect(balance.anonPart).toBeGreaterThan(0.4);
});

test('the cache is trimmed alone until one of its pages comes back', () => {
  const balance = new ReclaimBalance();
  expect(balance.takeTrim()).toBe(true);
  balance.refault();
  expect(balance.takeTrim()).toBe(false);
  expect(balance.takeTrim()).toBe(true);
});
