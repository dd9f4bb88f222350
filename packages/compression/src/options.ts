import { z } from 'zod';

/** Options of compression; types, defaults, JSON Schema and the README table come from here. */
export const compressionOptions = z.strictObject({
  maxPercentOfVm: z
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe(
      "Maximum frames of a VM's cache, in percent of the VM's size (ESX Mem.MemZipMaxPct, 5 to 100).",
    ),
  maxPercentOfAllocated: z
    .int()
    .min(1)
    .max(100)
    .default(50)
    .describe(
      'The same in percent of the machine memory the VM holds, including its cache (ESX Mem.MemZipMaxAllocPct).',
    ),
  sameFilled: z
    .union([z.boolean(), z.literal('zeros')])
    .default('zeros')
    .describe(
      'Pages without a slot. zeros: zero pages (Linux from 6.12); true: any 8-byte word (older zswap); false: none.',
    ),
});

const { maxPercentOfVm, maxPercentOfAllocated, sameFilled } = compressionOptions.shape;

/** What a policy may change while the host runs; what it leaves out stays as it is. */
export const compressionTunable = z.strictObject({
  maxPercentOfVm: maxPercentOfVm.unwrap().optional(),
  maxPercentOfAllocated: maxPercentOfAllocated.unwrap().optional(),
  sameFilled: sameFilled.unwrap().optional(),
});
