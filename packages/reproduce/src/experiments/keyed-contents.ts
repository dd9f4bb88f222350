import type { ContentTable, VmId } from '@overbook/core';
import type { Host } from '@overbook/core/host';
import { FILL_OTHER, FILL_ZERO, PAGE_BYTES, toGfn } from '@overbook/core';

/**
 * Contents that a publication counts and does not show: numbers that are equal or not, and nothing else. Content 0
 * is the zero page; the others do not shrink, as nothing is known of them.
 */
export function numberedContents(count: number): ContentTable {
  return {
    contentKey: 'any',
    codec: 'any',
    // Spread over the whole key: neighbours in a hash table must not be an artefact of counting.
    keyLo: Uint32Array.from({ length: count }, (_, content) => Math.imul(content, 0x9e3779b1) >>> 0),
    keyHi: Uint32Array.from({ length: count }, (_, content) => content),
    compressedBytes: new Uint16Array(count).fill(PAGE_BYTES),
    fill: Uint8Array.from({ length: count }, (_, content) => (content === 0 ? FILL_ZERO : FILL_OTHER)),
  };
}

/** A guest writes one of the contents into one of its pages, now. */
export function writeContent(
  host: Host,
  vm: VmId,
  page: number,
  contents: ContentTable,
  content: number,
): void {
  host.memory.access(vm, toGfn(page), true, host.clock.now());
  host.store.write(host.memory.frame(vm, toGfn(page)), contents, content);
}
