/**
 * A reader for a made-up format in one file: the text "PAGELIST", a count, then per page its number and its 4096
 * bytes, in any order. `overbook analyze IMAGE --reader ./examples/page-list/page-list.ts` reads it.
 */
import type { ImageFile } from '@overbook/images';
import { defineReader, PAGE_DATA, viewAt } from '@overbook/images';
import { OverbookError } from '@overbook/core/units';

const MAGIC = 'PAGELIST';
const HEADER_BYTES = 16;
const ENTRY_BYTES = 8 + 4096;

export const pageList = defineReader({
  contract: 1,
  id: 'page-list',
  title: 'A list of numbered pages (made up)',
  recognises: (head) => MAGIC.split('').every((letter, at) => head[at] === letter.charCodeAt(0)),
  open: (file) => {
    const places = readPlaces(file);
    const numbers = [...places.keys()].sort((a, b) => a - b);
    return {
      extents: () => numbers.map((first) => ({ first, count: 1, state: PAGE_DATA })),
      read: (first, count, into) => {
        for (let page = 0; page < count; page++)
          file.read(places.get(first + page)!, into.subarray(page * 4096, (page + 1) * 4096));
      },
    };
  },
});

/** Where the bytes of each page are. */
function readPlaces(file: ImageFile): Map<number, number> {
  const count = viewAt(file, 8, 8).getBigUint64(0, true);
  if (count * BigInt(ENTRY_BYTES) + BigInt(HEADER_BYTES) !== BigInt(file.size))
    throw corrupt(file, 8, `declares ${count} pages, but has ${file.size} bytes`);
  const places = new Map<number, number>();
  for (let entry = HEADER_BYTES; entry < file.size; entry += ENTRY_BYTES) {
    const page = Number(viewAt(file, entry, 8).getBigUint64(0, true));
    if (places.has(page)) throw corrupt(file, entry, `names page ${page} twice`);
    places.set(page, entry + 8);
  }
  return places;
}

function corrupt(file: ImageFile, offset: number, what: string): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_CORRUPT',
    `${file.name}:0x${offset.toString(16)}`,
    what,
    'Write the list again.',
  );
}
