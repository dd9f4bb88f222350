// Sub-page sharing in one file: a page about to be swapped out is kept as its difference from a similar page of its VM
// (Gupta et al., Difference Engine, OSDI 2008, §3.2). Two pages are held against each other when one of two fixed
// 64-byte blocks is equal. It needs the bytes of pages: a host with keys only refuses it by the name CONTENTS.
import * as core from '@overbook/core';
import { z } from 'zod';

const BLOCKS = [1024, 3072];
const [PATCH_NS, UNPATCH_NS] = [338_100, 18_600]; // Difference Engine, table 2

type Base = { readonly frame: core.Mfn; users: number };
/** The 8-byte words in which a page differs from its base; a word costs two bytes for its place. */
type Patch = { readonly base: Base; readonly places: readonly number[]; readonly words: readonly bigint[] };
function wordsOf(page: Uint8Array): BigUint64Array {
  return new BigUint64Array(page.buffer, page.byteOffset, 512);
}

export const patch = core.defineStrategy({
  id: 'patch',
  contract: 2,
  title: 'Keeps a swap victim as its difference from a similar page',
  options: z.strictObject({ maxBytes: z.int().min(1).default(2048).describe('Largest patch kept.') }),
  needs: { table: core.PAGES, frames: core.FRAMES, contents: core.CONTENTS, meter: core.METER },
  kinds: ['patched'],
  create: ({ table, frames, contents, meter }, { maxBytes }, self) => {
    const seen = new Map<string, { readonly gfn: core.Gfn; base?: Base }>();
    const patches = new Map<number, Patch>();
    const storage: core.Mfn[] = [];
    let [stored, last] = [0, 0];
    const store = (bytes: number): boolean => {
      const needed = Math.ceil((stored + bytes) / core.PAGE_BYTES);
      while (storage.length > needed) frames.giveOwn(storage.pop()!);
      while (storage.length < needed) {
        const frame = frames.takeOwn();
        if (frame === core.NO_FRAME) return false;
        storage.push(frame);
      }
      stored += bytes;
      return true;
    };
    const keep = (vm: core.VmId, gfn: core.Gfn, base: Base): boolean => {
      const [page, old] = [table.frame(vm, gfn), base.frame].map((mfn) => wordsOf(contents.view(mfn)));
      const places = [...page!.keys()].filter((at) => page![at] !== old![at]);
      if (10 * places.length > maxBytes || !store(10 * places.length)) return false;
      base.users++;
      patches.set(++last, { base, places, words: places.map((at) => page![at]!) });
      return table.evict(vm, gfn, self.kinds['patched']!, last) === 1;
    };
    const fill = (id: number, into: core.Mfn): void => {
      const { base, places, words } = patches.get(id)!;
      contents.view(into).set(contents.view(base.frame));
      places.forEach((at, i) => (wordsOf(contents.view(into))[at] = words[i]!));
    };
    const drop = (id: number): void => {
      const { base, places } = patches.get(id)!;
      store(-10 * places.length);
      patches.delete(id);
      if (--base.users === 0) frames.giveOwn(base.frame);
    };
    const patched: core.Backing = {
      fault: (vm, gfn, id, at) => {
        const frame = frames.take(vm, at);
        if (frame === core.NO_FRAME) return core.BLOCKED;
        fill(id, frame);
        table.install(vm, gfn, frame);
        drop(id);
        return core.done(at, frames.readyAt, meter.spendNs(UNPATCH_NS));
      },
      release: (_vm, _gfn, id) => drop(id),
      peek: (_vm, _gfn, id, into) => fill(id, into),
      footprint: () => frames.own,
    };
    return {
      backings: { patched },
      rescue: ({ vm, gfn, mfn }) => {
        meter.spendNs(PATCH_NS);
        for (const at of BLOCKS) {
          const block = contents.view(mfn).subarray(at, at + 64);
          const key = `${vm}:${at}:${block.join()}`;
          const known = seen.get(key);
          if (known?.base !== undefined && known.base.users > 0 && keep(vm, gfn, known.base)) return true;
          seen.set(key, { gfn });
          if (known === undefined || known.gfn === gfn || table.pinned(vm, known.gfn)) continue;
          const free = table.kind(vm, known.gfn) === core.KIND_MAPPED ? frames.takeOwn() : core.NO_FRAME;
          if (free === core.NO_FRAME) continue;
          // The first pair: the twin's content becomes the base of both.
          const base = { frame: free, users: 0 };
          contents.view(base.frame).set(contents.view(table.frame(vm, known.gfn)));
          seen.set(key, { gfn, base });
          if (keep(vm, gfn, base)) return keep(vm, known.gfn, base) || true;
          frames.giveOwn(base.frame);
        }
        return false;
      },
      counters: () => ({ patches: patches.size, patchBytes: stored }),
    };
  },
});
