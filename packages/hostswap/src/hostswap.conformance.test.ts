import { strategySuite } from '@overbook/testing';
import { describe, test } from 'vitest';

import { hostswap } from './index.ts';

strategySuite({ test, plugin: hostswap });

describe('shared pages may be victims', () => {
  strategySuite({ test, plugin: hostswap, options: { sharedVictims: true } });
});
