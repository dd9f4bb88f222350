import { expect, test } from 'vitest';

import { toPages } from '../units/page.ts';
import { countersOf, createdBy, footprintOf } from './told-values.ts';

test.each([
  [undefined, /mine broke a promise: create returns an object \(got undefined\)/],
  [null, /got null/],
  [7, /got number/],
  [Promise.resolve({}), /create returns at once \(got a promise/],
])('what create may not return: %s', (made, said) => {
  expect(() => createdBy('mine', made as never)).toThrow(said);
});

test('an object and a function are taken as they are', () => {
  const policy = (): void => undefined;
  expect(createdBy('mine', policy)).toBe(policy);
});

test.each([
  [{ x: Number.NaN }, /a counter is a finite number \("x" is NaN\)/],
  [{ x: Infinity }, /"x" is Infinity/],
  [{ x: () => 1 }, /"x" is function/],
  [{ x: Symbol('s') }, /"x" is symbol/],
  [{ x: { y: 1 } }, /"x" is object/],
  [{ '\u001b[31m': 'red' }, /"\\u001b\[31m" is string/],
  [undefined, /vmCounters returns a map of numbers \(got undefined\)/],
])('what is no counter: %o', (told, said) => {
  expect(() => countersOf('mine', told)).toThrow(said);
});

test.each([Number.NaN, -1, 0.5, Infinity, '3' as never])('what is no footprint: %s', (told) => {
  expect(() => footprintOf('mine', toPages(told))).toThrow(/a footprint is a whole number of frames/);
});
