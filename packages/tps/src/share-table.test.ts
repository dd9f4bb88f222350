import { toMfn } from '@overbook/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { ShareTable } from './share-table.ts';

test('an entry is found by hash and domain only', () => {
  const table = new ShareTable(8, 8);
  table.putHint(1, 2, 3, 5);
  expect(table.page(table.find(1, 2, 3))).toBe(5);
  expect([table.find(1, 3, 3), table.find(2, 2, 3)]).toEqual([-1, -1]);
  // So many domains that some fall into the same bucket.
  for (let domain = 4; domain < 5000; domain++) expect(table.find(1, 2, domain)).toBe(-1);
});

test('a page has one hint: the older one goes', () => {
  const table = new ShareTable(8, 8);
  table.putHint(1, 1, 0, 5);
  table.putHint(2, 2, 0, 5);
  expect(table.find(1, 1, 0)).toBe(-1);
  expect(table.hints).toBe(1);
  table.verify();
});

test('a frame has one shared entry: the older one was stale', () => {
  const table = new ShareTable(8, 8);
  table.putHint(1, 1, 0, 5);
  table.promote(table.find(1, 1, 0), toMfn(7));
  table.putHint(2, 2, 1, 6);
  table.promote(table.find(2, 2, 1), toMfn(7));
  expect(table.find(1, 1, 0)).toBe(-1);
  expect(table.frame(table.find(2, 2, 1))).toBe(7);
  expect(table.domainOf(toMfn(7))).toBe(1);
  table.verify();
});

test('hints are counted among any pages', () => {
  const table = new ShareTable(10, 10);
  for (const page of [0, 3, 4, 9]) table.putHint(page, 0, 0, page);
  table.dropHintOf(4);
  expect([table.hintsAmong(0, 10), table.hintsAmong(1, 5), table.hintsAmong(4, 9)]).toEqual([3, 1, 0]);
});

test('recounting notices that a counter drifted', () => {
  const table = new ShareTable(8, 8);
  table.putHint(1, 1, 0, 5);
  const entry = table.find(1, 1, 0);
  table.promote(entry, toMfn(2));
  table.promote(entry, toMfn(3)); // it is no hint any more: a caller's mistake
  expect(() => table.verify()).toThrow(/counted|gone|points back/);
});

test.each<readonly [string, (at: number) => readonly [lo: number, hi: number]]>([
  ['one low half', (at) => [7, at]],
  ['one high half, low halves in large steps', (at) => [(at << 20) >>> 0, at >>> 12]],
])('contents of %s spread over the buckets', (_name, keyOf) => {
  const table = new ShareTable(8192, 1);
  for (let page = 0; page < 8192; page++) table.putHint(...keyOf(page), 0, page);
  // Keys that are random reach 7 or 8 of as many buckets as entries; one bucket would hold all 8192.
  expect(table.fullestBucket()).toBeLessThan(24);
});

const PAGES = 3000;

test('the table behaves as a plain map of content to hint or frame, while it grows', () => {
  const range = fc.tuple(fc.nat(PAGES), fc.nat(PAGES));
  const step = fc.record({
    do: fc.constantFrom('hint', 'hint', 'hint', 'promote', 'drop'),
    content: fc.nat(2500),
    domain: fc.nat(2),
    at: fc.nat(PAGES - 1),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 3000, maxLength: 6000 }), fc.array(range), (steps, ranges) => {
      const table = new ShareTable(PAGES, PAGES);
      const model = new Map<string, { readonly shared: boolean; readonly at: number }>();
      const removeWhere = (shared: boolean, at: number): void => {
        for (const [key, one] of model) if (one.shared === shared && one.at === at) model.delete(key);
      };
      for (const { do: what, content, domain, at } of steps) {
        // Few different low halves: chains must be walked.
        const [lo, hi] = [content % 64, content];
        const key = `${content}/${domain}`;
        const known = model.get(key);
        if (what === 'hint' && known === undefined) {
          removeWhere(false, at);
          model.set(key, { shared: false, at });
          table.putHint(lo, hi, domain, at);
        } else if (what === 'promote' && known?.shared === false) {
          removeWhere(true, at);
          model.set(key, { shared: true, at });
          table.promote(table.find(lo, hi, domain), toMfn(at));
        } else if (what === 'drop' && known !== undefined) {
          model.delete(key);
          table.drop(table.find(lo, hi, domain));
        }
      }
      table.verify();
      let hints = 0;
      for (let content = 0; content <= 2500; content++) {
        for (let domain = 0; domain <= 2; domain++) {
          const known = model.get(`${content}/${domain}`);
          const entry = table.find(content % 64, content, domain);
          const found = entry < 0 ? undefined : { shared: table.isShared(entry), at: table.page(entry) };
          if (known?.shared !== found?.shared || known?.at !== found?.at) expect(found).toEqual(known);
          if (known?.shared !== false) continue;
          hints++;
          expect(table.hasHint(known.at, content % 64, content, domain)).toBe(true);
          expect(table.hasHint(known.at, content % 64, content, domain + 1)).toBe(false);
        }
      }
      expect(table.hints).toBe(hints);
      const hinted = [...model.values()].filter(({ shared }) => !shared).map(({ at }) => at);
      for (const [from, to] of ranges)
        expect(table.hintsAmong(from, to)).toBe(hinted.filter((at) => at >= from && at < to).length);
    }),
    { numRuns: 10 },
  );
});
