import { FILL_OTHER, FILL_SAME, FILL_ZERO } from '@overbook/core/units';
import { expect, test } from 'vitest';
import { fillOf } from './page-fill.ts';

function page(fill: (words: Uint32Array) => void): Uint32Array {
  const words = new Uint32Array(1024);
  fill(words);
  return words;
}

test('an empty page is zero', () => {
  expect(fillOf(page(() => undefined))).toBe(FILL_ZERO);
});
test('a page of one 8-byte word is same-filled', () => {
  expect(fillOf(page((words) => words.fill(7)))).toBe(FILL_SAME);
  expect(fillOf(page((words) => words.forEach((_, at) => (words[at] = at % 2))))).toBe(FILL_SAME);
});
test('a page that differs in its last byte is neither', () => {
  expect(fillOf(page((words) => (words[1023] = 1)))).toBe(FILL_OTHER);
  expect(fillOf(page((words) => words.fill(7, 0, 1023)))).toBe(FILL_OTHER);
});
test('a pattern of 12 or 16 bytes is not same-filled', () => {
  expect(fillOf(page((words) => words.forEach((_, at) => (words[at] = at % 3))))).toBe(FILL_OTHER);
  expect(fillOf(page((words) => words.forEach((_, at) => (words[at] = at % 4))))).toBe(FILL_OTHER);
});
