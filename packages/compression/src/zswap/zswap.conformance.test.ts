import { strategySuite } from '@overbook/testing';
import { test } from 'vitest';

import { zswap } from '../index.ts';

strategySuite({ test, plugin: zswap });
// Old rules, a pool that is soon full, and objects that move.
strategySuite({
  test,
  plugin: zswap,
  options: { kernel: '6.1', maxPoolPercent: 5, acceptThresholdPercent: 50, compactSeconds: 0.05 },
});
