/**
 * Memory of the simulator itself: what it holds per guest page of a 64 GiB host in key mode, every page touched once,
 * at 1 and at 1.5 times its memory. Each row is a process of its own. Resident memory would tell less: it lacks what
 * the system has paged out.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { AnyStrategyPlugin } from '@overbook/core/host';
import { toGfn, mib, toNs, toPages } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { compression } from '@overbook/compression';
import { hostswap } from '@overbook/hostswap';
import { tps } from '@overbook/tps';

const HOST_GIB = 64;
const VM_GIB = 4;

const MIXES: Readonly<Record<string, readonly AnyStrategyPlugin[]>> = {
  'swap-only': [hostswap],
  tps: [tps, hostswap],
  compression: [compression, hostswap],
  'tps + compression': [tps, compression, hostswap],
};

function held(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

function measure(mix: string, overcommit: number): void {
  globalThis.gc?.();
  const before = held();
  const vmCount = Math.round((HOST_GIB * overcommit) / VM_GIB);
  const host = composeHost({
    memory: mib(HOST_GIB * 1024),
    reserve: toPages(64),
    vms: Array.from({ length: vmCount }, (_, i) => ({ name: `vm${i}`, size: mib(VM_GIB * 1024) })),
    strategies: [...MIXES[mix]!],
    memoryStates: 'direct',
    store: 'keys',
  });
  let at = 0;
  for (const { id, size } of host.memory.vms) {
    const pmap = host.memory.pmaps[id]!;
    for (let page = 0; page < size; page++) {
      host.memory.access(id, toGfn(page), true, toNs(at++));
      host.store.writePrivate(pmap.payload(page) as never, 1500, 0);
    }
  }
  globalThis.gc?.();
  const guestPages = vmCount * mib(VM_GIB * 1024);
  const perPage = (held() - before) / guestPages;
  // Used once more after the look, so that it is not collected before it.
  host.dispose();
  console.log(
    `${mix.padEnd(20)} ${String(overcommit).padEnd(4)} ${guestPages} guest pages   ${perPage.toFixed(1)} bytes a page`,
  );
}

const [mix, overcommit] = process.argv.slice(2);
if (mix !== undefined && overcommit !== undefined) {
  measure(mix, Number(overcommit));
} else {
  console.log(
    `${HOST_GIB} GiB host, VMs of ${VM_GIB} GiB, key store, random victims, every page written once`,
  );
  for (const name of Object.keys(MIXES)) {
    for (const factor of [1, 1.5]) {
      const args = ['--expose-gc', fileURLToPath(import.meta.url), name, String(factor)];
      spawnSync(process.execPath, args, { stdio: 'inherit' });
    }
  }
}
