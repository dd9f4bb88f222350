import { strategySuite } from '@overbook/testing';
import { describe, test } from 'vitest';

import { tps } from './index.ts';

// The kit's quiet spells are hours long, but end early where a strategy does much: each mode at its own pace.
describe('mode esx, at the published paces', () => {
  strategySuite({ test, plugin: tps });
});

describe('mode esx, across VMs and at speed', () => {
  const options = { pagesPerSecond: 20_000, salting: 0, order: 'sequential' };
  strategySuite({ test, plugin: tps, options, accesses: 500 });
});

describe('mode ksm', () => {
  const options = { mode: 'ksm', use_zero_pages: true, max_page_sharing: 4 };
  strategySuite({ test, plugin: tps, options, accesses: 1000 });
});
