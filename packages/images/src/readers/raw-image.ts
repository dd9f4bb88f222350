/**
 * Raw images: guest-physical memory from address 0, byte for byte, as QMP `pmemsave`, `virsh dump --memory-only
 * --format raw` and VMware's .vmem leave it. Nothing in the file says so: what no other reader recognises is raw.
 */
import { OverbookError, PAGE_BYTES } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
import type { ImageFile } from './image-file.ts';
import type { ImageReader } from './image-reader.ts';
import { defineReader } from './image-reader.ts';
import { sparseExtents } from './segments.ts';
import { holeNotes, holeState } from './sparse-file.ts';

export const rawImage: ImageReader = defineReader({
  contract: 1,
  id: 'raw',
  title: 'Raw guest-physical memory: pmemsave, .vmem',
  recognises: () => true,
  open: (file, options) => {
    checkSize(file);
    // What was unpacked here has holes of our own making, where zeros were.
    const holes = options.holes ?? (file.path === undefined ? 'zero' : 'unknown');
    const whole = { first: 0, count: file.size / PAGE_BYTES, offset: 0 };
    return {
      extents: () => sparseExtents(file, whole, holeState(holes)),
      read: (first, count, into) => file.read(first * PAGE_BYTES, into.subarray(0, count * PAGE_BYTES)),
      notes: holeNotes(file, holes),
    };
  },
});

function checkSize(file: ImageFile): void {
  const extra = file.size % PAGE_BYTES;
  if (extra === 0) return;
  throw new OverbookError(
    'OVB_IMAGE_TRUNCATED',
    placeOf(file.name, file.size),
    `the image ends ${extra} bytes into a page of ${PAGE_BYTES}`,
    'Copy the whole file, or take the image in another format of docs/formats/images.md: a raw image is a whole ' +
      'number of pages, and the first bytes show no other format.',
  );
}
