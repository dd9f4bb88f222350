/** Writes a page digest as an .ovd file. Byte by byte: docs/formats/page-digest.md. */
import { writeFileSync } from 'node:fs';
import { FILL_SAME, FILL_ZERO } from '@overbook/core/units';
import { ByteWriter } from '../container/byte-writer.ts';
import type { FileId } from '../container/format.ts';
import { metaBytes } from '../container/meta-reader.ts';
import type { PackOptions } from '../container/write-container.ts';
import { containerBytes } from '../container/write-container.ts';
import { encodeContents } from '../contents/content-block.ts';
import { ContentIndex } from '../contents/content-index.ts';
import { invalid } from '../messages.ts';
import { checkDigest } from './check-digest.ts';
import type { DigestTotals, PageDigest } from './page-digest.ts';
import { FILL_UNKNOWN } from './page-digest.ts';

/** Pages in one section: chosen, so that a section of distinct contents stays at a quarter of its limit. */
export const PAGES_PER_SECTION = 1_048_576;

/** The bytes of the file; equal digests give equal bytes. Throws OVB_DIGEST_INVALID for one that breaks a rule. */
export function encodeDigest(digest: PageDigest, options?: PackOptions): Uint8Array {
  const id: FileId = { kind: 'digest', name: digest.name };
  checkDigest(digest, (what) => invalid(id, what));
  const roles = digest.role.some((role) => role !== 0);
  const totals = digestTotals(digest);
  return containerBytes(
    id,
    (writer) => {
      writer.section('META', metaBytes(metaOf(digest, roles, totals)));
      const index = new ContentIndex();
      for (let from = 0; from < digest.pages; from += PAGES_PER_SECTION) {
        const to = Math.min(digest.pages, from + PAGES_PER_SECTION);
        const section = new ByteWriter((to - from) * 8);
        encodeContents(section, index, digest, from, to);
        writer.section('PAGE', section.finish());
        if (roles) writer.section('ROLE', digest.role.subarray(from, to));
      }
      if (index.count !== totals.contents + unknownReasons(digest))
        throw invalid(id, 'gives one key two sizes or fill classes');
    },
    options,
  );
}

/** `encodeDigest` into a file. */
export function writeDigest(path: string, digest: PageDigest, options?: PackOptions): void {
  writeFileSync(path, encodeDigest(digest, options));
}

/** Counts a digest. O(pages). */
export function digestTotals(digest: PageDigest): DigestTotals {
  const index = new ContentIndex();
  for (let page = 0; page < digest.pages; page++)
    if (digest.fill[page] !== FILL_UNKNOWN) index.add(digest.keyLo[page]!, digest.keyHi[page]!, 0, 0);
  return { contents: index.count, ...fillTotals(digest.fill) };
}

/** Pages of either fill class. */
export function fillTotals(fill: Uint8Array): Omit<DigestTotals, 'contents'> {
  let zeroPages = 0;
  let sameFilledPages = 0;
  let unknownPages = 0;
  for (const value of fill) {
    if (value === FILL_ZERO) zeroPages++;
    if (value === FILL_SAME) sameFilledPages++;
    if (value === FILL_UNKNOWN) unknownPages++;
  }
  return { zeroPages, sameFilledPages, unknownPages };
}

/** Kinds of unknown pages that occur: each is an entry in the file's list of contents. */
export function unknownReasons({ fill, keyLo }: Pick<PageDigest, 'fill' | 'keyLo'>): number {
  const reasons = new Set<number>();
  for (let page = 0; page < fill.length; page++) if (fill[page] === FILL_UNKNOWN) reasons.add(keyLo[page]!);
  return reasons.size;
}

/** Most digests know all pages: the field is written where it says something. */
function withoutUnknown({ contents, zeroPages, sameFilledPages }: DigestTotals): object {
  return {
    contents,
    zeroPages,
    sameFilledPages,
  };
}

/** The fields of META in the order in which they are written. */
function metaOf(digest: PageDigest, roles: boolean, totals: DigestTotals): object {
  return {
    name: digest.name,
    pages: digest.pages,
    contentKey: digest.contentKey,
    codec: digest.codec,
    imageSha256: digest.imageSha256,
    roles: roles ? 1 : 0,
    totals: totals.unknownPages === 0 ? withoutUnknown(totals) : totals,
  };
}
