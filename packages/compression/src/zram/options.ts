import type { output } from 'zod';
import { z } from 'zod';

import { NO_SUCH_CHAIN, hasChain, linuxOptions } from '../linux-options.ts';

const memLimitPercent = z
  .number()
  .min(0)
  .max(100)
  .default(0)
  .describe("Maximum memory of the device, in percent of the host's memory (mem_limit); 0: no limit.");

/** Options of zram; types, defaults, JSON Schema and the README table come from here. */
export const zramOptions = z
  .strictObject({
    disksizePercent: z
      .number()
      .positive()
      .max(1000)
      .default(50)
      .describe(
        "Size of the device before compression (disksize), in percent of the host's memory. Default: zram-tools' and " +
          "zram-generator's.",
      ),
    memLimitPercent,
    ...linuxOptions,
  })
  .refine(hasChain, NO_SUCH_CHAIN);
export type ZramOptions = output<typeof zramOptions>;

/** What a policy may change while the host runs, as under /sys/block/zram0. */
export const zramTunable = z.strictObject({ memLimitPercent: memLimitPercent.unwrap().optional() });
