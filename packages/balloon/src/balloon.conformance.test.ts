import { strategySuite } from '@overbook/testing';
import { test } from 'vitest';

import { balloon, freePageReporting } from './index.ts';

strategySuite({ test, plugin: balloon });
// The kit's guests are smaller than a block of 2 MiB.
strategySuite({ test, plugin: freePageReporting, options: { order: 0 } });
