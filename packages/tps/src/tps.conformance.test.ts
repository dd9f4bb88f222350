import { strategySuite } from '@overbook/testing';
import { describe, test } from 'vitest';

import { tps } from './index.ts';

describe('mode esx', () => {
  // The published pace would look at less than a page in the kit's virtual time.
  strategySuite({ test, plugin: tps, options: { pagesPerSecond: 20_000 } });
});

describe('mode esx, across VMs', () => {
  strategySuite({ test, plugin: tps, options: { pagesPerSecond: 20_000, salting: 0 } });
});

describe('mode ksm', () => {
  strategySuite({ test, plugin: tps, options: { mode: 'ksm', use_zero_pages: true, max_page_sharing: 4 } });
});
