import type { StrategyPlugin } from '@overbook/core';
import { defineStrategy } from '@overbook/core';
import { z } from 'zod';

const options = z.strictObject({});

/** The same guests where memory is never short: what they do when no page is ever taken from them. */
export const unlimitedMemory: StrategyPlugin<Record<never, never>, typeof options> = defineStrategy({
  id: 'unlimited-memory',
  contract: 2,
  title: 'Bound: no reclaim; a simulated host has a frame for every page of its guests',
  options,
  needs: {},
  bound: { unlimitedMemory: true },
  create: () => ({}),
});
