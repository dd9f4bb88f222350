/** SHA-256 of a whole image: what names the file that a digest was made of. */
import { createHash } from 'node:crypto';
import { PAGE_BYTES } from '@overbook/core/units';
import { nextTurn } from '../scan/next-turn.ts';
import type { ScanOptions } from '../scan/scan-request.ts';
import { PAGE_DATA } from '@overbook/formats';
import type { MemoryImage } from '../readers/memory-image.ts';

/** Chosen: a millisecond of hashing, after which an interrupt is heard; a MiB stays in the cache. */
const WINDOW_PAGES = 256;

/**
 * Hexadecimal, of all pages from page 0 on, those that are not data as zeros. One thread, about a GB a second, holes
 * included: their zeros need not be read, but hashed they must be.
 */
export async function imageSha256(
  image: MemoryImage,
  { signal, onProgress }: Pick<ScanOptions, 'signal' | 'onProgress'>,
): Promise<string> {
  const hash = createHash('sha256');
  const bytes = new Uint8Array(WINDOW_PAGES * PAGE_BYTES);
  const zeros = new Uint8Array(WINDOW_PAGES * PAGE_BYTES);
  const states = new Uint8Array(WINDOW_PAGES);
  for (const { first, count, state } of image.extents()) {
    for (let page = first; page < first + count; page += WINDOW_PAGES) {
      await nextTurn();
      signal?.throwIfAborted();
      const pages = Math.min(WINDOW_PAGES, first + count - page);
      if (state === PAGE_DATA) image.read(page, pages, bytes, states);
      hash.update((state === PAGE_DATA ? bytes : zeros).subarray(0, pages * PAGE_BYTES));
      onProgress?.({
        phase: 'hash',
        doneBytes: (page + pages) * PAGE_BYTES,
        totalBytes: image.pageEnd * PAGE_BYTES,
      });
    }
  }
  return hash.digest('hex');
}
