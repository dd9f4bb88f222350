import type { ContentTable } from '@overbook/core';
import { FILL_OTHER, FILL_ZERO } from '@overbook/core';

/**
 * Pages of one sort in a phased guest, by count. `common` pages equal the pages of the same name and place in every
 * guest that has them (an operating system, a program); of `copies` every so many pages of this guest are equal;
 * `private` pages equal no other and change with every write.
 */
export type PhasedContent =
  | { readonly kind: 'zero'; readonly pages: number }
  | { readonly kind: 'common'; readonly pages: number; readonly of: string }
  | { readonly kind: 'copies'; readonly pages: number; readonly copies: number }
  | { readonly kind: 'private'; readonly pages: number };

/** Content number of a private page. */
export const PRIVATE_CONTENT = -1;

/** What each page of a phased guest holds when it is loaded. */
export interface PhasedPages {
  /** Entry of `table` by page, or PRIVATE_CONTENT. */
  readonly content: Int32Array;
  readonly table: ContentTable;
  /** The table's zero page. */
  readonly zero: number;
}

/** FNV-1a over UTF-16 code units: spreads names over keys. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * Lays contents out over pages, in their order.
 * @param owner name of the guest, which tells its `copies` from those of others
 */
export function layOutContents(
  owner: string,
  contents: readonly PhasedContent[],
  compressedBytes: number,
): PhasedPages {
  const content = new Int32Array(contents.reduce((sum, { pages }) => sum + pages, 0));
  const keyLo: number[] = [0];
  const keyHi: number[] = [0];
  const zero = 0;
  let page = 0;
  for (const [place, part] of contents.entries()) {
    const from = keyLo.length;
    for (let i = 0; i < part.pages; i++) content[page++] = contentOf(part, i, from, zero);
    const distinct =
      part.kind === 'common' ? part.pages : part.kind === 'copies' ? Math.ceil(part.pages / part.copies) : 0;
    const name = part.kind === 'common' ? `common/${part.of}` : `copies/${owner}/${place}`;
    const high = hashOf(name);
    for (let i = 0; i < distinct; i++) {
      keyLo.push(i + 1);
      keyHi.push(high);
    }
  }
  const compressed = new Uint16Array(keyLo.length).fill(compressedBytes);
  const fill = new Uint8Array(keyLo.length).fill(FILL_OTHER);
  fill[zero] = FILL_ZERO;
  const table: ContentTable = {
    contentKey: 'synthetic-64',
    codec: 'none',
    keyLo: Uint32Array.from(keyLo),
    keyHi: Uint32Array.from(keyHi),
    compressedBytes: compressed,
    fill,
  };
  return { content, table, zero };
}

function contentOf(part: PhasedContent, index: number, from: number, zero: number): number {
  switch (part.kind) {
    case 'zero':
      return zero;
    case 'private':
      return PRIVATE_CONTENT;
    case 'common':
      return from + index;
    case 'copies':
      return from + Math.floor(index / part.copies);
  }
}
