/**
 * Video memory and firmware in dumps. QEMU writes every block of memory that it emulates, so a dump of 64 MiB of
 * guest memory also holds 16 MiB of video memory below 4 GiB and the firmware at its top. They are no guest memory:
 * sharing or compressing them gives a host nothing.
 */
import { PAGE_BYTES } from '@overbook/core/units';
import type { Extent } from './image-reader.ts';
import { PAGE_DEVICE } from '@overbook/formats';

const X86 = new Set([3, 62]);
const END = 0x1_0000_0000 / PAGE_BYTES;

/**
 * The first page number that a range of device memory may begin at; undefined where no rule is known. x86 machines of
 * QEMU have memory without gaps up to 2, 2.75, 3 or 3.5 GiB, devices from there to 4 GiB, and more memory above.
 * `some`: the dump has only what the guest's page tables map, so a gap below tells nothing, and only the top 256 MiB
 * are sure.
 */
export function deviceFrom(machine: number, dumped: 'all' | 'some'): number | undefined {
  if (!X86.has(machine)) return undefined;
  return (dumped === 'all' ? 0x8000_0000 : 0xf000_0000) / PAGE_BYTES;
}

/** The same extents, with runs that begin between `from` and 4 GiB, apart from what is below, as PAGE_DEVICE. */
export function* withoutDevices(
  extents: Iterable<Extent>,
  from: number | undefined,
): Generator<Extent, void> {
  let end = 0;
  let isDevice = false;
  for (const extent of extents) {
    if (extent.first !== end || end === 0) isDevice = from !== undefined && extent.first >= from;
    end = extent.first + extent.count;
    if (!isDevice || extent.first >= END) yield extent;
    else yield* splitAt(extent, END);
  }
}

function* splitAt(extent: Extent, end: number): Generator<Extent, void> {
  const count = Math.min(extent.count, end - extent.first);
  yield { first: extent.first, count, state: PAGE_DEVICE };
  if (count < extent.count) yield { ...extent, first: end, count: extent.count - count };
}
