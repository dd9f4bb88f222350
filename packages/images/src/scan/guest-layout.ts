/** An image as a guest whose rows are still to be keyed. */
import { OverbookError } from '@overbook/core/units';
import { PAGE_DATA, PAGE_ZERO, readPageFlags } from '@overbook/formats';
import type { MemoryImage } from '../readers/memory-image.ts';
import { NO_CONTENT } from './content-book.ts';
import type { GuestMemory } from './memory-set.ts';
import { layoutZeroPages } from './memory-set.ts';
import type { RowRange } from './row-ranges.ts';
import type { MemorySource } from './scan-request.ts';
import { rowColumns } from './work-plan.ts';

/** The layout of an image as rows and ranges. */
export function laidOut(image: MemoryImage, source: MemorySource, name: string): GuestMemory {
  const ranges: RowRange[] = [];
  const zeroRanges: { first: number; count: number }[] = [];
  let rows = 0;
  for (const { first, count, state } of image.extents()) {
    if (state === PAGE_ZERO) zeroRanges.push({ first, count });
    if (state !== PAGE_DATA) continue;
    ranges.push({ first, count, row: rows });
    rows += count;
  }
  const counts = image.counts();
  return {
    name,
    path: source.path,
    format: image.format,
    fileBytes: image.handle.size,
    pageEnd: image.pageEnd,
    pages: counts.pages,
    ranges,
    rows,
    columns: rowColumns(rows),
    content: new Uint32Array(new SharedArrayBuffer(rows * 4)),
    zeroRanges,
    unknownByLayout: counts.unknown,
    role: source.flags === undefined ? undefined : readPageFlags(source.flags, image.pageEnd).role,
    notes: image.notes,
  };
}

/** Pages of one content are counted in 32 bits. */
export function checkSize(guests: readonly GuestMemory[]): void {
  let known = 0;
  for (const guest of guests) {
    known += guest.rows + layoutZeroPages(guest);
    if (known < NO_CONTENT) continue;
    const what = `${known} known pages so far are too many`;
    throw new OverbookError('OVB_IMAGE_TOO_LARGE', guest.path, what, 'Analyze at most 16 TiB at a time.');
  }
}
