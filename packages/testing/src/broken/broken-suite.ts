import { expect, test } from 'vitest';

import { kitBlocks } from '../kit/kit-blocks.ts';
import { kitCache } from '../kit/kit-cache.ts';
import { kitClones } from '../kit/kit-clones.ts';
import { kitShare } from '../kit/kit-share.ts';
import { kitSwap } from '../kit/kit-swap.ts';
import { proveOn } from '../prove-strategy.ts';
import * as broken from './index.ts';

const cases = Object.entries(broken) as [string, broken.BrokenCase][];

/** Enough for each of them to show: most lies show at the first call. */
const ACCESSES = 600;

/** Each broken strategy breaks its one promise, and no good one breaks any, on a host of this store. */
export function brokenSuite(store: 'keys' | 'bytes'): void {
  test.each(cases)(
    'the kit names the one promise that %s breaks',
    (_name, { plugin, bindings = [], breaks }) => {
      const { verdicts } = proveOn(plugin, store, { bindings, accesses: ACCESSES });
      expect(
        verdicts.filter(({ verdict }) => verdict === 'broken').map((verdict) => verdict.promise),
      ).toEqual([breaks]);
    },
  );

  test.each([kitSwap, kitShare, kitCache, kitBlocks, kitClones])('$id keeps every promise', (plugin) => {
    const { verdicts } = proveOn(plugin, store, { accesses: ACCESSES });
    expect(verdicts.filter(({ verdict }) => verdict === 'broken')).toEqual([]);
    expect(verdicts.filter((one) => one.verdict === 'unseen' && one.owed)).toEqual([]);
  });
}
