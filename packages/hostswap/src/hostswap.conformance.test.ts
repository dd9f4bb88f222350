import { strategySuite } from '@overbook/testing';
import { describe, test } from 'vitest';

import { hostswap } from './index.ts';

strategySuite({ test, plugin: hostswap });

describe('shared pages may be victims', () => {
  strategySuite({ test, plugin: hostswap, options: { sharedVictims: true } });
});

describe('as on a Linux host', () => {
  const options = { victims: 'active-inactive', swapCache: true, area: 'shared', readAhead: 'vma' } as const;
  strategySuite({ test, plugin: hostswap, options });
  strategySuite({ test, plugin: hostswap, options: { ...options, readAhead: 'cluster', device: 'disk' } });
});
