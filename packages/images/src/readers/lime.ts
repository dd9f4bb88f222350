/**
 * LiME: ranges of physical memory as the Linux kernel lists them, each behind a header of 32 bytes (LiME doc/README,
 * "lime_range"). Gaps between ranges are no memory, or memory that the module did not write.
 */
import type { ImageReader } from './image-reader.ts';
import { defineReader } from './image-reader.ts';
import { bareHeaderNotes, isLimeMagic, limeRecords } from './lime-records.ts';
import { SegmentPages } from './segments.ts';

export const lime: ImageReader = defineReader({
  contract: 1,
  id: 'lime',
  title: 'LiME, uncompressed',
  recognises: (head) => isLimeMagic(head),
  open: (file) => {
    const records = limeRecords(file);
    const pages = new SegmentPages(file, records.segments, records);
    return {
      extents: () => pages.extents(),
      read: (first, count, into) => pages.read(first, count, into),
      notes: bareHeaderNotes(records),
    };
  },
});
