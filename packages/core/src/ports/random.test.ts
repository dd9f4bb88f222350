import { expect, test } from 'vitest';

import { SeededRandom } from './random.ts';

function draw(seed: number, name: string, count: number): readonly number[] {
  const stream = new SeededRandom(seed).stream(name);
  return Array.from({ length: count }, () => stream.uint32());
}

test('the first draws of a stream are frozen: a change here changes every result', () => {
  expect(draw(1, 'golden', 4)).toMatchInlineSnapshot(`
    [
      290767470,
      3898444627,
      1285268262,
      1547399026,
    ]
  `);
});

test('equal seed and name give equal draws; another seed or name gives others', () => {
  expect(draw(7, 'a', 100)).toEqual(draw(7, 'a', 100));
  expect(draw(7, 'a', 100)).not.toEqual(draw(8, 'a', 100));
  expect(draw(7, 'a', 100)).not.toEqual(draw(7, 'b', 100));
});

test('a stream does not depend on which other streams were asked for', () => {
  const random = new SeededRandom(3);
  random.stream('other').uint32();
  expect(random.stream('mine').uint32()).toBe(draw(3, 'mine', 1)[0]);
});

test('below stays below its bound and meets every value about equally often', () => {
  const stream = new SeededRandom(5).stream('below');
  const counts = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 70_000; i++) counts[stream.below(7)]!++;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});

test('below takes the whole 32-bit range', () => {
  const stream = new SeededRandom(5).stream('wide');
  const draws = Array.from({ length: 1000 }, () => stream.below(2 ** 32));
  expect(Math.max(...draws)).toBeGreaterThan(2 ** 31);
});
