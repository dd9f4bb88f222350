import { test } from 'vitest';
import { strategySuite } from '@overbook/testing';

import { patch } from './patch/patch.ts';
import { zeroPages } from './zero-pages/zero-pages.ts';

strategySuite({ test, plugin: patch });
strategySuite({ test, plugin: zeroPages });
