/** Digests made up for tests: a page's content is a small number, 0 being the zero page. */
import { toPages } from '@overbook/core/units';
import type { PageDigest } from '../src/index.ts';
import { FILL_UNKNOWN, PAGE_LOST } from '../src/index.ts';
import fc from 'fast-check';

const UNKNOWN = 30;

/** The digest of pages that hold these contents; contents ending in 9 are same-filled, content 30 is unknown pages. */
export function digestOf(contents: readonly number[], roles: boolean): PageDigest {
  const pages = contents.length;
  const column = <T>(make: (content: number, page: number) => T): T[] => contents.map(make);
  return {
    name: 'made-up',
    pages: toPages(pages),
    contentKey: 'sha256-64',
    codec: 'lz4-napi-2.10.0',
    imageSha256: '00'.repeat(32),
    keyLo: Uint32Array.from(
      column((content) => (content === UNKNOWN ? PAGE_LOST : Math.imul(content, 0x9e3779b1) >>> 0)),
    ),
    keyHi: Uint32Array.from(
      column((content) => (content === UNKNOWN ? 0 : Math.imul(content + 77, 0x85ebca6b) >>> 0)),
    ),
    compressedBytes: Uint16Array.from(
      column((content) => (content === UNKNOWN ? 0 : 26 + ((content * 37) % 4088))),
    ),
    fill: Uint8Array.from(
      column((content) =>
        content === UNKNOWN ? FILL_UNKNOWN : content === 0 ? 1 : content % 10 === 9 ? 2 : 0,
      ),
    ),
    role: Uint8Array.from(
      column((content, page) => (roles ? (content % 3 === 0 ? 1 : 0x66 + (page % 3)) : 0)),
    ),
  };
}

export const anyDigest: fc.Arbitrary<PageDigest> = fc
  .tuple(fc.array(fc.nat(30), { minLength: 1, maxLength: 200 }), fc.boolean())
  .map(([contents, roles]) => digestOf(contents, roles));
