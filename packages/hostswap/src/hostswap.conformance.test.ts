import { strategySuite } from '@overbook/testing';
import { test } from 'vitest';

import { hostswap } from './index.ts';

strategySuite({ test, plugin: hostswap });
