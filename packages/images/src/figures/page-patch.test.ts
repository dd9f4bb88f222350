import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PagePatcher, patchedPage } from './page-patch.ts';

/** A page of few different words, so that copies are found. */
const anyPage = fc
  .array(fc.nat(40), { minLength: 1024, maxLength: 1024 })
  .map((words) => Uint32Array.from(words, (word) => Math.imul(word, 0x9e3779b1) >>> 0));

test('a patch makes the page of its reference again', () => {
  const patcher = new PagePatcher();
  fc.assert(
    fc.property(anyPage, anyPage, fc.nat(1023), fc.nat(1023), (reference, own, from, to) => {
      const page = own.slice();
      page.set(
        reference.subarray(Math.min(from, to), Math.max(from, to)),
        Math.floor(Math.min(from, to) / 2),
      );
      const patch = patcher.patch(page, reference, 8192);
      expect(patchedPage(patch!, reference)).toEqual(page);
    }),
    { numRuns: 60 },
  );
});

test('equal pages take one instruction, pages that have nothing in common no patch', () => {
  const patcher = new PagePatcher();
  const page = Uint32Array.from({ length: 1024 }, (_, at) => Math.imul(at + 1, 0x9e3779b1) >>> 0);
  expect(patcher.patch(page, page, 2048)!.length).toBe(3);
  expect(
    patcher.patch(
      page,
      page.map((word) => ~word),
      2048,
    ),
  ).toBeUndefined();
});

test('one changed word costs its four bytes and three instructions', () => {
  const patcher = new PagePatcher();
  const reference = Uint32Array.from({ length: 1024 }, (_, at) => Math.imul(at + 1, 0x9e3779b1) >>> 0);
  const page = reference.slice();
  page[500]! ^= 1;
  expect(patcher.patch(page, reference, 2048)!.length).toBe(3 + 2 + 4 + 3);
});
