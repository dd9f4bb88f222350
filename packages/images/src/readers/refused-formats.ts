/** Formats that are recognised, not read, and refused with what to run instead: never taken for raw memory. */
import { OverbookError } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
import type { ForeignFormat } from './foreign-formats.ts';
import { FOREIGN_FORMATS } from './foreign-formats.ts';
import type { ImageFile } from './image-file.ts';
import type { ImageReader } from './image-reader.ts';
import { defineReader, HEAD_BYTES } from './image-reader.ts';

export const refusedFormats: ImageReader = defineReader({
  contract: 1,
  id: 'refused',
  title: 'Formats that are recognised but not read',
  recognises: (head, file) => foundIn(head, file) !== undefined,
  open: (file) => {
    const head = new Uint8Array(Math.min(HEAD_BYTES, file.size));
    file.read(0, head);
    const found = foundIn(head, file);
    const what = found?.what ?? 'is not in a format that is refused by name';
    const mend = found?.mend ?? 'Leave out `--format refused`: it reads no image.';
    throw new OverbookError('OVB_IMAGE_FORMAT', placeOf(file.name, 0), what, mend);
  },
});

function foundIn(head: Uint8Array, file: ImageFile): ForeignFormat | undefined {
  return FOREIGN_FORMATS.find(({ shows }) => shows(head, file));
}
