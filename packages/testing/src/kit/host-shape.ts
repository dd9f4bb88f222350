import type { MemoryStateModel, Pages, VmSpec } from '@overbook/core';
import { pages } from '@overbook/core';

import type { DriverMode } from './model-guest.ts';

/** A VM of a kit host, and how its balloon driver behaves. */
export interface KitVm extends VmSpec {
  readonly driver: DriverMode;
}

/** What a kit host is made of, apart from its strategies. */
export interface HostShape {
  readonly memory: Pages;
  readonly reserve: Pages;
  readonly vms: readonly KitVm[];
  readonly memoryStates: string | MemoryStateModel;
  readonly largePages?: 'on';
}

/** Memory states as on a large host, in parts that leave every state some pages on a host this small. */
const KIT_STATES: MemoryStateModel = {
  id: 'kit',
  title: 'All five states on a host of a few hundred frames',
  source: 'chosen: every state is at least a dozen frames wide and lies above the reserve',
  basis: 'memory',
  thresholds: { high: 24, clear: 20, soft: 16, hard: 12, low: 8 },
  wanted: 'clear',
  leavePercent: 110,
  ladder: {},
  assumed: [],
};

/**
 * The host of every proof: 352 frames for 576 guest pages. Two VMs of one salt, one of another, two of none;
 * every kind of driver; a reservation, a limit, and one VM whose sharing is off.
 */
export const PROOF_SHAPE: HostShape = {
  memory: pages(352),
  reserve: pages(12),
  vms: [
    { name: 'a', size: pages(160), salt: 'blue', driver: 'gives', reservation: pages(16) },
    { name: 'b', size: pages(128), salt: 'blue', driver: 'slow' },
    { name: 'c', size: pages(96), salt: 'red', driver: 'none' },
    { name: 'd', size: pages(96), driver: 'stuck', limit: pages(64) },
    { name: 'e', size: pages(96), driver: 'maximum', sharing: false },
  ],
  memoryStates: KIT_STATES,
};

/** Two VMs large enough for 2 MiB mappings, on a host that is short by a third: the mappings must be broken. */
export const LARGE_SHAPE: HostShape = {
  memory: pages(1440),
  reserve: pages(16),
  vms: [
    { name: 'a', size: pages(1100), salt: 'blue', driver: 'gives' },
    { name: 'b', size: pages(1100), salt: 'blue', driver: 'slow' },
  ],
  memoryStates: KIT_STATES,
  largePages: 'on',
};
