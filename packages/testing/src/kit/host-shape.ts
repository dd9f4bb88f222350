import type { ContentTable, Pages } from '@overbook/core';
import type { MemoryStateModel, VmSpec } from '@overbook/core/host';
import { toPages } from '@overbook/core';

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
  memory: toPages(352),
  reserve: toPages(12),
  vms: [
    { name: 'a', size: toPages(160), salt: 'blue', driver: 'gives', reservation: toPages(16) },
    { name: 'b', size: toPages(128), salt: 'blue', driver: 'slow' },
    { name: 'c', size: toPages(96), salt: 'red', driver: 'none' },
    { name: 'd', size: toPages(96), driver: 'stuck', limit: toPages(64) },
    { name: 'e', size: toPages(96), driver: 'maximum', sharing: false },
  ],
  memoryStates: KIT_STATES,
};

/**
 * The host of every proof, its VMs cloned from one template: a third of their pages, some of them zeros. One has
 * another salt, one does not share.
 */
export function clonesShape(contents: ContentTable): HostShape {
  const count = contents.fill.length;
  const pages = Uint32Array.from({ length: 48 }, (_, page) =>
    page % 5 === 0 ? 0 : ((page * 7) % count) + 1,
  );
  const template = { name: 'golden', contents, pages };
  return { ...PROOF_SHAPE, vms: PROOF_SHAPE.vms.map((vm) => ({ ...vm, template })) };
}

/** Two VMs large enough for 2 MiB mappings, on a host that is short by a third: the mappings must be broken. */
export const LARGE_SHAPE: HostShape = {
  memory: toPages(1440),
  reserve: toPages(16),
  vms: [
    { name: 'a', size: toPages(1100), salt: 'blue', driver: 'gives' },
    { name: 'b', size: toPages(1100), salt: 'blue', driver: 'slow' },
  ],
  memoryStates: KIT_STATES,
  largePages: 'on',
};
