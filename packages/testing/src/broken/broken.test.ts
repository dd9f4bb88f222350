import { describe, expect, test } from 'vitest';

import { kitCache } from '../kit/kit-cache.ts';
import { kitShare } from '../kit/kit-share.ts';
import { kitSwap } from '../kit/kit-swap.ts';
import { proveOn } from '../prove-strategy.ts';
import * as broken from './index.ts';

const cases = Object.entries(broken) as [string, broken.BrokenCase][];

describe.each(['keys', 'bytes'] as const)('on a host of %s', (store) => {
  test.each(cases)(
    'the kit names the one promise that %s breaks',
    (_name, { plugin, bindings = [], breaks }) => {
      const { verdicts } = proveOn(plugin, store, { bindings });
      expect(verdicts.filter((verdict) => !verdict.passed).map((verdict) => verdict.promise)).toEqual([
        breaks,
      ]);
    },
  );

  test.each([kitSwap, kitShare, kitCache])('$id keeps every promise', (plugin) => {
    const { verdicts, unseen } = proveOn(plugin, store);
    expect(verdicts.filter((verdict) => !verdict.passed)).toEqual([]);
    expect(unseen).toEqual([]);
  });
});
