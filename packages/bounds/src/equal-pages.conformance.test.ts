import { strategySuite } from '@overbook/testing';
import { test } from 'vitest';

import { equalPages } from './index.ts';

strategySuite({ test, plugin: equalPages, options: { everyMs: 100, salting: 2 } });
