/** What a scenario may say of rights to memory: shares, pools, admission, what virtualising a VM takes. */
import type { Overhead, OverheadTableId } from '@overbook/core/host';
import { OVERHEAD_TABLES } from '@overbook/core/host';
import { z } from 'zod';

import { didYouMean } from './suggest.ts';
import { parseSize, size } from './quantity.ts';

/** By name or number. An ESX policy divides by shares: none at all is refused, a limit says better what is meant. */
function shares(description: string) {
  return z
    .union([
      z.number().gt(0, {
        error: ({ input }) =>
          `is ${String(input)}: memory is divided by shares\nGive a number above 0, or set a limit to restrict it.`,
      }),
      z.enum(['high', 'normal', 'low']),
    ])
    .meta({ description });
}

const poolName = z.string().min(1);

/** Rights of any guest. */
export const guestRights = {
  reservation: size('Machine memory guaranteed to the VM; default none.').exactOptional(),
  limit: size('Maximum machine memory the VM may hold; default its size.').exactOptional(),
  shares: shares(
    'Relative right to machine memory: high, normal, low (20, 10, 5 per MiB of size) or a number; default normal.',
  ).exactOptional(),
  pool: poolName
    .meta({ description: 'Its resource pool, by name; default: directly below the host.' })
    .exactOptional(),
  vcpus: z
    .int()
    .min(1)
    .max(128)
    .meta({
      description: 'Virtual processors, for the overhead only; default 1. The VM always runs on one.',
    })
    .exactOptional(),
  overhead: size(
    'Machine memory overhead of virtualising it; default as in `host.overhead`.',
  ).exactOptional(),
  afterWork: z
    .enum(['idle', 'power-off'])
    .meta({ description: 'When its work is done, the VM stays idle or is powered off; default `idle`.' })
    .exactOptional(),
};

const TABLES: readonly string[] = ['none', ...Object.keys(OVERHEAD_TABLES)];

/** The overhead of a host's VMs: a table by name, or a size. */
export function overhead(description: string): z.ZodType<Overhead, string> {
  return z
    .string()
    .meta({ description: `${description} Tables: ${TABLES.join(', ')}.`, examples: ['esxi-6.5', '32 MiB'] })
    .transform((text, context): Overhead => {
      if (TABLES.includes(text)) return text as 'none' | OverheadTableId;
      const count = parseSize(text);
      if (count !== undefined) return count;
      const message = `'${text}' is neither a size nor an overhead table\n${didYouMean(text, TABLES)}`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });
}

/** A resource pool. */
export const pool = z.strictObject({
  parent: poolName
    .meta({ description: 'Parent pool, by name; default: directly below the host.' })
    .exactOptional(),
  shares: shares(
    'Relative right to its parent: high, normal, low (327680, 163840, 81920) or a number; default normal.',
  ).exactOptional(),
  reservation: size(
    'Memory guaranteed to its VMs together, taken from its parent at once; default none.',
  ).exactOptional(),
  limit: size('Maximum memory of its VMs together, without their overhead; default none.').exactOptional(),
  expandable: z
    .boolean()
    .meta({
      description: 'Whether VMs may reserve more than the pool has, borrowing from its parent; default true.',
    })
    .exactOptional(),
});
