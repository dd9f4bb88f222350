import { strategySuite } from '@overbook/testing';
import { test } from 'vitest';

import { compression } from './index.ts';

strategySuite({ test, plugin: compression });
