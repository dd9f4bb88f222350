/**
 * What a hole of a sparse file means. A full image that was copied sparsely has zeros there. A differential snapshot
 * (Firecracker, cloud-hypervisor) leaves a hole where the page did not change since the snapshot before, and writes
 * pages of zeros. Nothing in the file tells which it is.
 */
import { PAGE_EXCLUDED, PAGE_ZERO } from '@overbook/formats';
import type { ImageFile } from './image-file.ts';

/** What may be said of holes. */
export type HoleMeaning = 'zero' | 'unknown';

/** State of the pages in holes. */
export function holeState(meaning: HoleMeaning): number {
  return meaning === 'zero' ? PAGE_ZERO : PAGE_EXCLUDED;
}

/** What is said of a file that has holes; nothing of one that has none, or that was unpacked here. */
export function holeNotes(file: ImageFile, meaning: HoleMeaning): string[] {
  if (file.path === undefined || file.nextHole(0) >= file.size) return [];
  return meaning === 'zero'
    ? [
        'the file is sparse, and its holes count as zero pages; in a differential snapshot holes are pages that ' +
          'did not change: --holes unknown',
      ]
    : [
        'the file is sparse, and its holes count as unknown, as in a differential snapshot; in a full image that ' +
          'was copied sparsely they are zeros: --holes zero',
      ];
}
