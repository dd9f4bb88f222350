import { describe, expect, test } from 'vitest';

import { composeHost } from '../composition/compose-host.ts';
import type { Gfn } from '../units/page.ts';
import { toGfn, toGvpn, mib, toNs, toPages, toVmId } from '../units/page.ts';
import { GuestPageTable } from './guest-page-table.ts';
import { nestedTranslation, shadowTranslation } from './make-translation.ts';
import { GUEST_FAULT } from './translation.ts';

/** A guest kernel reduced to its free list. */
class FreeList {
  readonly #free: number[];

  constructor(frames: number) {
    this.#free = Array.from({ length: frames }, (_, i) => frames - 1 - i);
  }

  take(): number {
    return this.#free.pop() ?? -1;
  }

  give(frame: Gfn): void {
    this.#free.push(frame);
  }
}

describe('a translation edge', () => {
  test.each([
    ['nested', nestedTranslation],
    ['shadow', shadowTranslation],
  ])('is bound by the host it is composed with, with small and large frames: %s', (_name, make) => {
    for (const largePages of ['off', 'on'] as const) {
      const translation = make();
      const host = composeHost({
        memory: mib(16),
        vms: [{ name: 'guest', size: mib(4) }],
        strategies: [],
        store: 'keys',
        largePages,
        edges: { translation },
      });
      const guest = new FreeList(1024);
      const table = new GuestPageTable(toVmId(0), guest);
      translation.attach(table);
      translation.switchTo(table);
      for (let page = 0; page < 600; page++) {
        expect(translation.translate(table, toGvpn(page), true, toNs(0))).toBe(GUEST_FAULT);
        table.map(toGvpn(page), toGfn(guest.take()), true);
        expect(translation.translate(table, toGvpn(page), true, toNs(0))).toBe(0);
        expect(translation.mfn).toBe(host.memory.frame(toVmId(0), translation.gfn));
      }
      host.memory.balloon(toVmId(0), translation.gfn);
      translation.verify();
      host.verify();
      expect(host.memory.large?.counts(toVmId(0))).toEqual(
        largePages === 'on' ? { now: 1, filled: 2, broken: 1, formed: 0 } : undefined,
      );
      translation.detach(table);
      table.destroy();
      expect(translation.shadowTables).toBe(0);
      host.dispose();
    }
  });

  test('serves one host, and says so when it has none', () => {
    const translation = nestedTranslation();
    const table = new GuestPageTable(toVmId(0), new FreeList(16));
    expect(() => translation.attach(table)).toThrow('edges.translation');
    const config = {
      memory: toPages(1000),
      vms: [{ name: 'a', size: toPages(16) }],
      strategies: [],
      edges: { translation },
    };
    composeHost(config).dispose();
    expect(() => composeHost(config)).toThrow('belongs to one host');
    translation.attach(table);
    expect(() => translation.attach(table)).toThrow('attached already');
    expect(() => table.destroy()).toThrow('detach it first');
  });
});

test('large pages hold what a guest wrote through filling, breaking and forming', () => {
  const host = composeHost({
    memory: mib(16),
    vms: [{ name: 'guest', size: mib(4) }],
    strategies: [],
    largePages: 'on',
  });
  const vm = host.vm('guest');
  for (let page = 0; page < 1024; page += 3) vm.write(page, `page ${page}`);
  expect(host.memory.large!.counts(toVmId(0)).filled).toBe(2);
  // Two frames change places, so that the region no longer lies in order.
  for (const page of [1, 4]) host.memory.balloon(toVmId(0), toGfn(page));
  for (const page of [1, 4]) vm.write(page, 'new');
  expect(host.memory.large!.form(toVmId(0), 0)).toBe('copied');
  const text = (page: number): string => new TextDecoder().decode(vm.read(page)).replaceAll('\0', '');
  for (let page = 0; page < 1024; page++)
    expect(text(page)).toBe(page === 1 || page === 4 ? 'new' : page % 3 === 0 ? `page ${page}` : '');
  host.verify();
  host.dispose();
});
