import { strategySuite } from '@overbook/testing';
import { test } from 'vitest';

import { belady } from './index.ts';

strategySuite({ test, plugin: belady });
