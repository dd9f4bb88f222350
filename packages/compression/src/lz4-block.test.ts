import fc from 'fast-check';
import { expect, test } from 'vitest';

import { noisyPage } from '../test/contents.ts';
import { compressBlock, uncompressBlock } from './lz4-block.ts';

test('every page comes back from its block, whatever it holds', () => {
  const part = fc.record({
    seed: fc.nat(1000),
    noise: fc.integer({ min: 0, max: 600 }),
    length: fc.integer({ min: 1, max: 900 }),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 20 }), (parts) => {
      const page = new Uint8Array(4096);
      let at = 0;
      for (const { seed, noise, length } of parts) {
        page.set(noisyPage(seed, noise).subarray(0, Math.min(length, 4096 - at)), at);
        at = Math.min(4096, at + length);
      }
      expect(Buffer.compare(uncompressBlock(compressBlock(page))!, page)).toBe(0);
    }),
    { numRuns: 200 },
  );
});

test('the block carries no length of its own in front', () => {
  // A page of zeros: one literal, then a match of the rest; 27 bytes by the block format.
  expect(compressBlock(new Uint8Array(4096))).toHaveLength(27);
});

test('a block that is cut short or is no block is not taken for a page', () => {
  const block = compressBlock(new Uint8Array(4096).map((_, i) => (i * i) >> 5));
  expect(uncompressBlock(block.subarray(0, block.length - 9))).toBeUndefined();
  expect(uncompressBlock(new Uint8Array(40).fill(0xff))).toBeUndefined();
  expect(uncompressBlock(new Uint8Array(0))).toBeUndefined();
});
