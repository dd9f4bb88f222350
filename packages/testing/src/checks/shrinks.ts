import { toPages } from '@overbook/core';

import type { KitHost } from '../kit/kit-host.ts';
import type { Workload } from '../kit/workload.ts';

/** Each VM's storage shall give a frame, then all that it can. The tables are recounted, and pages read as before. */
export function checkShrinks({ host, clock, watch }: KitHost, work: Workload): void {
  const { watched } = watch;
  if (watched?.shrink === undefined) return;
  for (const { id, size } of host.memory.vms) {
    for (const frames of [1, size]) {
      watched.shrink({ vm: id, frames: toPages(frames), at: clock.now() });
      work.verify();
    }
  }
  work.peekAll();
}
