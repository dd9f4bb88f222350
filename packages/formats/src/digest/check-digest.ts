/** What every digest must satisfy: checked before writing and after reading. */
import type { OverbookError } from '@overbook/core/units';
import { FILL_ZERO } from '@overbook/core/units';
import { PAGES_MAX } from '../container/format.ts';
import { PAGE_HOLE, PAGE_STATES } from './page-states.ts';
import { isRole } from '../roles/role.ts';
import type { PageDigest } from './page-digest.ts';
import { FILL_UNKNOWN } from './page-digest.ts';

/** LZ4 never makes a page longer than 4096 + 4096/255 + 16 bytes (LZ4_COMPRESSBOUND); other coders stay below too. */
const COMPRESSED_BYTES_MAX = 8192;

/** An unknown page has a reason for its key, and no size. */
function isReason(keyLo: number, keyHi: number, bytes: number): boolean {
  return keyLo >= PAGE_HOLE && keyLo < PAGE_STATES.length && keyHi === 0 && bytes === 0;
}

/** Throws what `refuse` makes of the first broken rule. O(pages). */
export function checkDigest(digest: PageDigest, refuse: (what: string) => OverbookError): void {
  const { pages, keyLo, keyHi, compressedBytes, fill, role } = digest;
  if (!Number.isSafeInteger(pages) || pages < 1 || pages > PAGES_MAX) throw refuse(`has ${pages} pages`);
  if ([keyLo, keyHi, compressedBytes, fill, role].some((column) => column.length !== pages)) {
    throw refuse('has columns whose lengths differ from its number of pages');
  }
  if (!/^[0-9a-f]{64}$/.test(digest.imageSha256))
    throw refuse('has an imageSha256 that is not 64 hexadecimal digits');
  let zeroLo = 0;
  let zeroHi = 0;
  let zeroPages = 0;
  for (let page = 0; page < pages; page++) {
    if (fill[page]! > FILL_UNKNOWN) throw refuse(`gives page ${page} the fill class ${fill[page]}`);
    if (compressedBytes[page]! > COMPRESSED_BYTES_MAX)
      throw refuse(`gives page ${page} ${compressedBytes[page]} compressed bytes`);
    if (!isRole(role[page]!)) throw refuse(`gives page ${page} the role byte ${role[page]}`);
    if (fill[page] === FILL_UNKNOWN && !isReason(keyLo[page]!, keyHi[page]!, compressedBytes[page]!))
      throw refuse(`gives unknown page ${page} a key or a size`);
    if (fill[page] !== FILL_ZERO) continue;
    if (zeroPages++ === 0) {
      zeroLo = keyLo[page]!;
      zeroHi = keyHi[page]!;
    } else if (keyLo[page] !== zeroLo || keyHi[page] !== zeroHi)
      throw refuse(`gives zero pages two keys, at page ${page}`);
  }
}
