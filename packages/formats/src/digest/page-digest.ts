/** A memory image reduced to what analysis and simulation need of each page: key, compressed size, fill, role. */
import type { ContentTable, Pages } from '@overbook/core/units';

/**
 * Fill class of a page that the image does not hold: its key is the reason (PAGE_HOLE, …) in the low word and 0 in the
 * high one, its size 0. Only digests know it; what simulates them assumes something (see `assumeUnknown`).
 */
export const FILL_UNKNOWN = 3;

/** Struct of arrays; index: page number = guest-physical address / 4096. No contents: nothing secret of the guest's. */
export interface PageDigest extends ContentTable {
  readonly name: string;
  readonly pages: Pages;
  /** What the guest's kernel said of each page (see the role bytes); all ROLE_NONE when it was not asked. */
  readonly role: Uint8Array;
  /** SHA-256 of the pages in order, unknown ones as zeros; of a raw image that of the file. Hexadecimal. */
  readonly imageSha256: string;
}

/** Counts that a digest file carries and its reader recounts. */
export interface DigestTotals {
  /** Distinct contents, the zero page among them, unknown pages not. */
  readonly contents: number;
  readonly zeroPages: number;
  readonly sameFilledPages: number;
  readonly unknownPages: number;
}
