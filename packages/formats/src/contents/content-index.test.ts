import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ContentIndex } from './content-index.ts';

test('numbers contents in order of first appearance, as a map of whole contents does', () => {
  const anyContent = fc.tuple(fc.nat(5), fc.nat(5), fc.nat(2), fc.nat(2));
  fc.assert(
    fc.property(fc.array(anyContent, { maxLength: 2000 }), (contents) => {
      const index = new ContentIndex();
      const known = new Map<string, number>();
      for (const [lo, hi, bytes, fill] of contents) {
        const name = [lo, hi, bytes, fill].join();
        if (!known.has(name)) known.set(name, known.size);
        expect(index.add(lo, hi, bytes, fill)).toBe(known.get(name));
      }
      expect(index.count).toBe(known.size);
    }),
  );
});
