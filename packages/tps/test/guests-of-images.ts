import type { ContentTable } from '@overbook/core';
import type { Host } from '@overbook/core/host';
import { toGfn, toPages, toVmId } from '@overbook/core';
import { composeHost } from '@overbook/core/host';

import { tps } from '../src/index.ts';

/**
 * A host whose guests hold exactly these images: every page touched, its content written, zero pages as well.
 */
export function hostOfImages(settings: {
  readonly table: ContentTable;
  readonly images: readonly Uint32Array[];
  readonly store: 'bytes' | 'keys';
  readonly options: object;
}): Host {
  const { table, images } = settings;
  const all = images.reduce((sum, image) => sum + image.length, 0);
  const host = composeHost({
    memory: toPages(all),
    memoryStates: 'direct',
    store: settings.store,
    vms: images.map((image, i) => ({ name: `guest-${i}`, size: toPages(image.length) })),
    strategies: [{ plugin: tps, options: settings.options }],
  });
  images.forEach((image, vm) => {
    image.forEach((content, page) => {
      host.memory.access(toVmId(vm), toGfn(page), true, host.clock.now());
      host.store.write(host.memory.frame(toVmId(vm), toGfn(page)), table, content);
    });
  });
  return host;
}

/** Lets KSM scan until a further full scan changes no count. @returns its counters */
export function scanToRest(host: Host): Readonly<Record<string, number>> {
  const counts = (): Readonly<Record<string, number>> => host.strategyCounters()['tps']!;
  const atRest = (): string => {
    const { pages_shared, pages_sharing, pages_unshared, ksm_zero_pages, rmap_items } = counts();
    return [pages_shared, pages_sharing, pages_unshared, ksm_zero_pages, rmap_items].join(' ');
  };
  for (let before = ''; before !== atRest();) {
    before = atRest();
    const scans = counts()['full_scans']!;
    while (counts()['full_scans'] === scans) host.advance(20);
  }
  return counts();
}
