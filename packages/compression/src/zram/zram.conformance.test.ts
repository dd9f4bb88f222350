import { strategySuite } from '@overbook/testing';
import { test } from 'vitest';

import { zram } from '../index.ts';

strategySuite({ test, plugin: zram });
// Old classes, a device that is soon full, and objects that move.
strategySuite({
  test,
  plugin: zram,
  options: { kernel: '6.1', disksizePercent: 20, memLimitPercent: 10, compactSeconds: 0.05 },
});
