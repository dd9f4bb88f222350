import { defineStrategy } from '@overbook/core';

import { kitShareNeeds, makeKitShare } from '../kit/kit-share.ts';
import { noOptions } from '../kit/kit-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Shares any two equal pages, whoever owns them. */
export const sharesAcrossSalts: BrokenCase = {
  breaks: PROMISES.salts,
  plugin: defineStrategy({
    id: 'shares-across-salts',
    contract: 2,
    title: 'Shares pages without asking about salts',
    options: noOptions,
    needs: kitShareNeeds,
    claims: ['shared'],
    create: (deps) => makeKitShare(deps, () => 0),
  }),
};
