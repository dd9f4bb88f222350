import { z } from 'zod';

import { DEVICE_NAMES } from './devices.ts';

/** Options of hostswap; types, defaults, JSON Schema and the README table come from here. */
export const hostSwapOptions = z
  .strictObject({
    victims: z
      .enum(['random', 'lru', 'clock', 'fifo', 'active-inactive'])
      .default('random')
      .describe(
        'How victims are chosen. random: avoids fighting the guest (OSDI 2002, §3.3); active-inactive: Linux.',
      ),
    loadedBit: z
      .enum(['set', 'clear'])
      .default('set')
      .describe(
        'With victims clock: use bit of a newly loaded page. set: textbooks; clear: libCacheSim (FIFO-reinsertion).',
      ),
    sharedVictims: z
      .boolean()
      .default(false)
      .describe(
        'Let random victims be shared pages too; each frees its part of a frame. Default: only when a VM ' +
          'has no other pages to give (assumed).',
      )
      .meta({ assumedRange: { low: 0, high: 1, source: 'assumed: either' } }),
    device: z
      .enum(DEVICE_NAMES)
      .default('sata-ssd')
      .describe('Model of the device under the swap files, unless the host binds SWAP_DEVICE.'),
    hostCacheMiB: z
      .int()
      .min(1)
      .default(1024)
      .describe('Size of the SSD cache of device host-cache, in MiB.'),
    swapCache: z
      .boolean()
      .default(false)
      .describe(
        'A page that came back and was not written keeps its slot and leaves again without a write, while the swap ' +
          'file is not half full: Linux. Default: slots are freed at once, since no source tells more of ESX.',
      ),
    area: z
      .enum(['per-vm', 'shared'])
      .default('per-vm')
      .describe(
        'per-vm: a swap file for each VM. shared: one swap area for all, in clusters of 256 slots: Linux.',
      ),
    readAhead: z
      .enum(['none', 'cluster', 'vma'])
      .default('none')
      .describe(
        'What a swap-in brings along, with swapCache. cluster: pages of neighbouring slots (Linux on disks); vma: of ' +
          'neighbouring guest pages (Linux on flash).',
      ),
    pageCluster: z
      .int()
      .min(0)
      .max(6)
      .default(3)
      .describe(
        'Most pages that readAhead reads, the touched one among them, as a power of 2 (vm.page-cluster).',
      ),
    directory: z
      .string()
      .optional()
      .describe('Folder for swap files on a host that keeps bytes; default: the system temporary folder.'),
  })
  .refine(({ swapCache, device }) => !swapCache || device !== 'host-cache', {
    path: ['swapCache'],
    error:
      'cannot be combined with `device: host-cache`: a page that is read leaves that cache\n' +
      'Set `swapCache: false` and `readAhead: none`, or take another device.',
  })
  .refine(({ readAhead, swapCache }) => readAhead === 'none' || swapCache, {
    path: ['readAhead'],
    error:
      'needs `swapCache: true`: pages that come along stay in the swap cache until they are touched\n' +
      'Set `swapCache: true`, or `readAhead: none`.',
  })
  .refine(({ victims, sharedVictims }) => victims === 'random' || !sharedVictims, {
    path: ['sharedVictims'],
    error:
      'needs `victims: random`: other orders take shared pages last\n' +
      'Leave out `sharedVictims`, or set `victims: random`.',
  });
