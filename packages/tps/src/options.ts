import { LINUX_VERSION, NEWEST_LTS_KERNEL } from '@overbook/core';
import { z } from 'zod';

/** Options of mode `esx`, named after VMware's advanced settings where there is one. */
export const esxOptions = z.strictObject({
  mode: z
    .literal('esx')
    .default('esx')
    .optional()
    .describe('esx: transparent page sharing as ESX does it (OSDI 2002, §4). ksm: the rules of Linux KSM.'),
  salting: z
    .literal([0, 1, 2])
    .default(2)
    .describe(
      'Mem.ShareForceSalting. 0: any VMs share; 1: VMs of equal salt, or without one; 2: within a VM, or equal salt.',
    ),
  saltFallback: z
    .enum(['none', 'vc.uuid'])
    .default('none')
    .describe(
      'With salting 1, a VM without a salt shares with the others (none, KB 2080735) or has its own (vc.uuid).',
    ),
  order: z
    .enum(['random', 'sequential'])
    .default('random')
    .describe('Order in which candidates are picked; the paper picks them at random.'),
  generation: z
    .enum(['esx-2', 'esx-3.0.1', 'esx-4.0'])
    .default('esx-4.0')
    .describe(
      'Scan rates. esx-2: 50 pages/s a VM, 200 in all; esx-3.0.1: 450 a VM; esx-4.0: the settings below.',
    ),
  shareScanTime: z
    .number()
    .positive()
    .default(60)
    .describe('Mem.ShareScanTime: minutes in which a whole VM is scanned. ESX: 10 to 600.'),
  shareScanGHz: z
    .number()
    .min(0)
    .max(32)
    .default(4)
    .describe('Mem.ShareScanGHz: maximum MiB per second on the host per GHz of its CPUs; 0 = no sharing.'),
  hostGHz: z.number().positive().default(40).describe('Total GHz of all host CPUs (default: 16 of 2.5 GHz).'),
  shareRateMax: z
    .number()
    .min(0)
    .max(32_768)
    .default(1024)
    .describe(
      'Mem.ShareRateMax: maximum pages per second of one VM, even when memory is short; 0 = no sharing.',
    ),
  pagesPerSecond: z
    .number()
    .min(0)
    .optional()
    .describe(
      'Replaces the rates above: pages per second over all VMs, by size. Reclaim adds up to ShareRateMax per VM.',
    ),
});

/** Options of mode `ksm`, under the names of /sys/kernel/mm/ksm. */
export const ksmOptions = z.strictObject({
  mode: z.literal('ksm').describe('The rules and counters of Linux KSM. It ignores salts: all VMs share.'),
  kernel: z
    .string({
      error: 'is not text\nPut the version in quotes: without them, YAML reads 6.10 as 6.1.',
    })
    .regex(
      LINUX_VERSION,
      `is not a Linux version\nGive one as \`uname -r\` prints it, such as "6.1" or "6.18".`,
    )
    .default(NEWEST_LTS_KERNEL)
    .describe('Version of Linux whose rules apply where versions differ.'),
  run: z
    .literal([0, 1, 2])
    .default(1)
    .describe('1 scans, 0 stops (as the kernel starts), 2 unmerges all pages and stops.'),
  pages_to_scan: z.int().min(0).default(100).describe('Pages scanned before ksmd sleeps; 0 scans none.'),
  sleep_millisecs: z
    .int()
    .min(0)
    .default(20)
    .describe('Sleep between two batches, in milliseconds; 0: ksmd continues at once.'),
  max_page_sharing: z
    .int()
    .min(2)
    .default(256)
    .describe('Maximum pages on one stable node; equal pages beyond it get another node (a dup).'),
  use_zero_pages: z
    .boolean()
    .default(false)
    .describe('Zero pages go to one shared zero frame, which is not a node of the stable tree.'),
  smart_scan: z
    .boolean()
    .optional()
    .describe(
      'Skip pages that never merged more and more often. Default: on from Linux 6.7, which introduced it.',
    ),
  stable_node_chains_prune_millisecs: z
    .int()
    .min(0)
    .default(2000)
    .describe('How often the dups of a content are searched for the fullest one with room, in milliseconds.'),
  stableFirst: z
    .boolean()
    .optional()
    .describe('true: search the stable tree before the checksum test. Default: as Linux does, before 6.11.'),
});

/** Options of tps; types, defaults, JSON Schema and the README tables come from here. */
export const tpsOptions = z.discriminatedUnion('mode', [esxOptions, ksmOptions]);
