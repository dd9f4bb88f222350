/** Contents whose hashes share a half, as a recording may bring: a search must not meet all the others. */
import { KeyStore } from '@overbook/core/host';
import { expect, test } from 'vitest';

import { countingMeter, rig } from '../test/rig.ts';
import { UnstableTree } from './unstable-tree.ts';

/** A weak hash: its low half says nothing. */
class OneLowHalf extends KeyStore {
  override hashLo(): number {
    return 7;
  }
}

const PAGES = 400;
const plain = {
  mode: 'ksm',
  max_page_sharing: 10_000,
  use_zero_pages: false,
  smart_scan: false,
  pages_to_scan: 4 * PAGES,
};

test('pages are compared with their equals alone, in both trees', () => {
  const { metering, counts } = countingMeter(0);
  const guests = rig({
    vms: [{ size: PAGES }, { size: PAGES }, { size: PAGES }],
    store: new OneLowHalf(3 * PAGES + 32, 'fnv-2x32'),
    options: plain,
    edges: { metering },
  });
  // Half of the contents are in all three guests, the rest in the first alone.
  for (let page = 0; page < PAGES; page++) {
    guests.write(0, page, page + 1);
    for (const vm of [1, 2]) guests.write(vm, page, page < PAGES / 2 ? page + 1 : 0);
  }
  guests.host.advance(100);
  expect(guests.counters()).toMatchObject({
    pages_shared: PAGES / 2 + 1,
    pages_sharing: 2 * (PAGES / 2) + PAGES - 1,
    pages_unshared: PAGES / 2,
    pages_volatile: 0,
  });
  // One for each page that joins another, here and where its node is made.
  expect(counts['comparePages']).toBeLessThan(3 * PAGES);
  guests.host.verify();
});

test('waiting pages spread over the buckets, and removed ones leave them', () => {
  const tree = new UnstableTree();
  for (let page = 0; page < 8192; page++) tree.insert(page, 7, page);
  expect(tree.fullestBucket()).toBeLessThan(24);
  for (let page = 0; page < 8192; page++) {
    const found = tree.first(7, page);
    expect(tree.page(found)).toBe(page);
    tree.remove(found);
    expect(tree.first(7, page)).toBe(-1);
  }
  expect([tree.size, tree.fullestBucket()]).toEqual([0, 0]);
  // A content that waits and finds a partner again and again.
  for (let pair = 0; pair < 1000; pair++) {
    tree.insert(pair, 1, 1);
    tree.remove(tree.first(1, 1));
    expect(tree.fullestBucket()).toBe(0);
  }
});
