import { CONTRACT, defineStrategy } from '@overbook/core';

import { kitShareNeeds, makeKitShare } from '../kit/kit-share.ts';
import { noOptions } from '../kit/kit-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Shares pages of every VM, whatever its administrator said. */
export const sharesAlthoughOff: BrokenCase = {
  breaks: PROMISES.sharingOff,
  plugin: defineStrategy({
    id: 'shares-although-off',
    contract: CONTRACT,
    title: 'Shares pages of a VM whose sharing is off',
    options: noOptions,
    needs: kitShareNeeds,
    claims: ['shared'],
    create: (deps) =>
      makeKitShare(
        deps,
        (vm) => deps.salts.domain(vm),
        () => true,
      ),
  }),
};
