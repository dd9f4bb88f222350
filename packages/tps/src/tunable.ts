import { z } from 'zod';

/** What a policy may change of mode `esx` while the host runs. */
export const esxTunable = z.strictObject({ pagesPerSecond: z.number().min(0) });

/** What a policy may change of mode `ksm`, under the names of /sys/kernel/mm/ksm. */
export const ksmTunable = z.strictObject({
  run: z.literal([0, 1, 2]).optional(),
  pages_to_scan: z.int().min(0).optional(),
  sleep_millisecs: z.int().min(0).optional(),
});
