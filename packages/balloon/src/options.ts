import { z } from 'zod';

/** Options of balloon. Rates and their steps are those of VMware's Linux driver (vmw_balloon.c 1.2.1.x). */
export const balloonOptions = z.strictObject({
  maxPercent: z
    .int()
    .min(0)
    .max(99)
    .default(65)
    .describe('Maximum size of the balloon, in percent of the VM size (ESX Mem.CtlMaxPercent; ESX 2: 50).'),
  maxMiB: z
    .record(z.string(), z.int().min(0))
    .default({})
    .describe('Maximum for single VMs, by name, in MiB; overrides maxPercent (ESX sched.mem.maxmemctl).'),
  plateauPercent: z
    .number()
    .gt(0)
    .max(100)
    .default(100)
    .describe(
      'Size at which a balloon settles, in percent of its maximum; 97.9 seen in the field (assumed: 100).',
    )
    .meta({ assumedRange: { low: 97.9, high: 100, source: 'seen in the field, to the whole target' } }),
  driver: z
    .enum(['1.2', '1.5'])
    .default('1.2')
    .describe(
      "Version of VMware's Linux driver: 1.2 keeps to the rates below; 1.5 inflates at once when its target changes.",
    ),
  safePercent: z
    .int()
    .min(1)
    .max(100)
    .default(80)
    .describe(
      'Maximum part of what the guest can give (already held + still available) that a balloon holds, in percent ' +
        '(assumed).',
    )
    .meta({
      assumedRange: {
        low: 50,
        high: 95,
        source: 'assumed: half, to nearly all (at 100 guests ended programs)',
      },
    }),
  blindPercent: z
    .int()
    .min(0)
    .max(99)
    .default(10)
    .describe('Maximum size in a guest that reports no statistics, in percent of the VM size (assumed).')
    .meta({ assumedRange: { low: 1, high: 65, source: 'assumed: next to nothing, to maxPercent of ESX' } }),
  pollMs: z
    .int()
    .min(1)
    .max(600_000)
    .default(1000)
    .describe('How often the driver polls its target, in milliseconds (OSDI 2002, §3.2).'),
  fastRate: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(16_384)
    .describe('Pages per second while the guest has free pages (allocations that do not sleep).'),
  slowRateMin: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(512)
    .describe(
      'Minimum pages per second once the guest must reclaim pages; a failure halves the rate, down to this.',
    ),
  slowRateMax: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(2048)
    .describe(
      'Pages per second at first once the guest must reclaim pages, and the maximum after good cycles.',
    ),
  rateStep: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(16)
    .describe('Pages per second that each good cycle adds to the slow rate and to the free rate.'),
  slowCycles: z
    .int()
    .min(1)
    .max(1000)
    .default(4)
    .describe('Polls that stay at the slow rate after the guest ran out of free pages.'),
  freeRateMin: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(512)
    .describe('Minimum pages per second given back; a failure halves the rate, down to this.'),
  freeRateMax: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(16_384)
    .describe('Pages per second given back at first, and the maximum after good cycles.'),
  deflateOnOom: z
    .boolean()
    .default(true)
    .describe('Give back a whole poll at the free rate when the guest reports that nothing is available.'),
});

const { maxPercent, safePercent, blindPercent, deflateOnOom } = balloonOptions.shape;

/** What a policy may change of the balloon while the host runs; what it leaves out stays as it is. */
export const balloonTunable = z.strictObject({
  maxPercent: maxPercent.unwrap().optional(),
  safePercent: safePercent.unwrap().optional(),
  blindPercent: blindPercent.unwrap().optional(),
  deflateOnOom: deflateOnOom.unwrap().optional(),
});

/** Options of free-page-reporting; defaults are those of Linux's page_reporting.c with 2 MiB page blocks. */
export const freePageReportingOptions = z.strictObject({
  pollMs: z
    .int()
    .min(1)
    .max(600_000)
    .default(2000)
    .describe('How often free pages are reported, in milliseconds (Linux: at most once in 2 s).'),
  order: z
    .int()
    .min(0)
    .max(9)
    .default(9)
    .describe(
      'Only whole, aligned blocks of 2^order pages are dropped; 9 is 2 MiB (Linux page_reporting_order).',
    ),
  pagesPerPoll: z
    .int()
    .min(1)
    .max(1_048_576)
    .optional()
    .describe(
      'Maximum pages that one guest reports at a time; default as Linux: a sixteenth of each free list, in ' +
        'batches of 32 blocks.',
    ),
});
