import { describe, expect, test } from 'vitest';
import { storeRules } from './store-rules.ts';

describe('what zram and zswap do, by kernel', () => {
  test.each([
    ['5.15.0-91-generic', 4, true, false],
    ['6.2', 4, true, false],
    ['6.3', 8, true, false],
    ['6.11.4', 8, true, false],
    ['6.12', 8, false, false],
    ['6.17', 8, false, false],
    ['6.18', 8, false, true],
    ['7.0', 8, false, true],
  ])('%s', (kernel, zsmallocChain, keepsWords, storesIncompressible) => {
    const zswap = { keepsWords, storesIncompressible };
    expect(storeRules({ kernel })).toMatchObject({ kernel, zsmallocChain, zswap });
  });
  test('the newest long-term kernel when nobody says which', () => {
    expect(storeRules()).toMatchObject({ kernel: '6.18', zsmallocChain: 8 });
  });
  test('size classes follow the kernel: 208 bytes are where the rules differ', () => {
    expect(storeRules({ kernel: '6.1' }).classes.classOf(200)).toEqual({ size: 208, pages: 2, objects: 39 });
    const four = storeRules({ kernel: '6.6', zsmallocChain: 4 });
    expect(four.classes.classOf(200)).toEqual({ size: 208, pages: 3, objects: 59 });
  });
  test.each([
    [{ kernel: 'newest' }, 'not a Linux version'],
    [{ kernel: '6.1', zsmallocChain: 8 }, 'has chains of 4 frames'],
    [{ zsmallocChain: 17 }, '4 to 16'],
  ])('%o is refused', (asked, what) => {
    expect(() => storeRules(asked)).toThrow(what);
  });
});
