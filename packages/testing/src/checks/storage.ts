import type { Backing } from '@overbook/core';
import { KIND_MAPPED, KIND_SHARED, PAGE_BYTES, toGfn } from '@overbook/core';

import { noiseBytes } from '../kit/contents.ts';
import type { KitHost } from '../kit/kit-host.ts';
import { bytesInTemporaryFolder } from '../kit/temporary-folder.ts';
import { BrokenPromise } from '../promises.ts';

/**
 * Contents must be somewhere. What the pages of its kinds hold and no mapped page holds besides is noise, which no
 * compressor makes smaller: it fits into its frames, its slots, its files and what it wrote to its device, or it is
 * in memory that nobody counts. Slots are room on a device: a page that comes out of one at once was in memory.
 */
export function checkStorage(kit: KitHost): void {
  const { watch, host } = kit;
  const backings: readonly Backing[] = Object.values(watch.strategy?.backings ?? {});
  if (backings.length === 0) return;
  const { pages, bytes } = keptBytes(kit);
  if (pages > 0) watch.looked('storage');
  const frames = backings.reduce((sum, backing) => sum + backing.footprint(), 0);
  const files = bytesInTemporaryFolder();
  const device = watch.written.size * PAGE_BYTES;
  const slots = watch.instantLoads > 0 ? 0 : watch.slots.size * PAGE_BYTES;
  if (bytes <= frames * PAGE_BYTES + files + device + slots) return;
  const instant = watch.instantLoads > 0 ? ' from which pages are read in no time' : '';
  throw new BrokenPromise(
    'storage',
    `at ${host.clock.now()} ns its kinds hold ${bytes} incompressible bytes in ${pages} pages; it accounts for ` +
      `${frames} frames, ${watch.slots.size} slots${instant}, ${files} bytes in files, ` +
      `${watch.written.size} pages on a device`,
  );
}

/** Incompressible bytes in pages of its kinds, each content once, without those that are mapped somewhere. */
function keptBytes({ host, record, watch }: KitHost): { readonly pages: number; readonly bytes: number } {
  const own = new Set(Object.values(watch.kinds));
  const kept = new Set<number>();
  const mapped = new Set<number>();
  let pages = 0;
  for (const { id, size } of host.memory.vms) {
    for (let page = 0; page < size; page++) {
      const kind = host.memory.kind(id, toGfn(page));
      const content = record.written(id, page);
      if (kind === KIND_MAPPED || kind === KIND_SHARED) mapped.add(content);
      if (!own.has(kind)) continue;
      pages++;
      if (content >= 0 && !record.isGivenUp(id, page)) kept.add(content);
    }
  }
  const bytes = [...kept].reduce((sum, one) => sum + (mapped.has(one) ? 0 : noiseBytes(one)), 0);
  return { pages, bytes };
}
