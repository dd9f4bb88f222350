import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Gfn } from '../units/page.ts';
import { toGfn, toGvpn, toVmId } from '../units/page.ts';
import type { TableFrames } from './guest-page-table.ts';
import { GuestPageTable } from './guest-page-table.ts';
import {
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_LARGE,
  PTE_PRESENT,
  PTE_WRITABLE,
  PageTableArena,
} from './page-table-arena.ts';

/** Hands out frames from 1000 on and knows which are out. */
class Frames implements TableFrames {
  readonly out = new Set<number>();
  #next = 1000;
  #left: number;

  constructor(left = Infinity) {
    this.#left = left;
  }

  take(): number {
    if (this.#left === 0) return -1;
    this.#left--;
    this.out.add(this.#next);
    return this.#next++;
  }

  give(frame: Gfn): void {
    if (!this.out.delete(frame)) throw new Error(`frame ${frame} given twice`);
    this.#left++;
  }
}

function make(left?: number): { table: GuestPageTable; frames: Frames } {
  const frames = new Frames(left);
  return { table: new GuestPageTable(toVmId(0), frames), frames };
}

describe('guest page tables', () => {
  test('a page takes three tables below the root, its neighbour none, and the last unmap gives them back', () => {
    const { table, frames } = make();
    expect(table.map(toGvpn(0x7_ffff_fff0), toGfn(5), true)).toBe(true);
    expect(table.tables).toBe(4);
    table.map(toGvpn(0x7_ffff_fff1), toGfn(6), false);
    expect(table.tables).toBe(4);
    expect(frames.out.size).toBe(4);
    expect(table.flagsOf(toGvpn(0x7_ffff_fff0))).toBe(PTE_PRESENT | PTE_WRITABLE);
    expect(table.flagsOf(toGvpn(0x7_ffff_fff1))).toBe(PTE_PRESENT);
    expect(table.unmap(toGvpn(0x7_ffff_fff0))).toBe(5);
    expect(table.tables).toBe(4);
    expect(table.unmap(toGvpn(0x7_ffff_fff1))).toBe(6);
    expect(table.tables).toBe(1);
    expect(table.unmap(toGvpn(0x7_ffff_fff1))).toBe(-1);
    expect([...frames.out]).toEqual([table.rootGfn]);
  });

  test('without a frame for a table nothing is mapped and nothing is kept', () => {
    const { table, frames } = make(3);
    expect(table.map(toGvpn(1), toGfn(5), true)).toBe(false);
    expect(table.tables).toBe(1);
    expect(frames.out.size).toBe(1);
    expect(table.gfnOf(toGvpn(1))).toBe(-1);
    expect(table.mapLarge(toGvpn(512), toGfn(512), true)).toBe(true);
  });

  test('a 2 MiB leaf covers 512 pages, splits into them with its bits, and refuses crooked numbers', () => {
    const { table } = make();
    table.mapLarge(toGvpn(1024), toGfn(512), true);
    expect(table.tables).toBe(3);
    expect(table.gfnOf(toGvpn(1024 + 77))).toBe(512 + 77);
    expect(table.gfnOf(toGvpn(1536))).toBe(-1);
    expect(() => table.map(toGvpn(1030), toGfn(3), true)).toThrow('split or unmap');
    expect(() => table.mapLarge(toGvpn(1), toGfn(512), true)).toThrow('multiples of 512');
    table.arena.flags[table.entry(toGvpn(1024))]! |= PTE_ACCESSED | PTE_DIRTY;
    expect(table.splitLarge(toGvpn(1500))).toBe(true);
    expect([table.tables, table.smallLeaves, table.largeLeaves]).toEqual([4, 512, 0]);
    expect(table.gfnOf(toGvpn(1535))).toBe(1023);
    expect(table.flagsOf(toGvpn(1535))).toBe(PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY);
    expect(table.splitLarge(toGvpn(1500))).toBe(false);
    expect(() => table.mapLarge(toGvpn(1024), toGfn(512), true)).toThrow('small pages');
  });

  test('a split without a frame for its table leaves the large leaf as it was', () => {
    const { table } = make(3);
    table.mapLarge(toGvpn(0), toGfn(0), false);
    expect(table.splitLarge(toGvpn(9))).toBe(false);
    expect(table.gfnOf(toGvpn(9))).toBe(9);
    expect(table.flagsOf(toGvpn(9))).toBe(PTE_PRESENT | PTE_LARGE);
  });

  test('reads and clears accessed and dirty once', () => {
    const { table } = make();
    table.map(toGvpn(3), toGfn(4), true);
    table.arena.flags[table.entry(toGvpn(3))]! |= PTE_ACCESSED | PTE_DIRTY;
    expect(table.testAndClearAccessed(toGvpn(3))).toBe(true);
    expect(table.testAndClearAccessed(toGvpn(3))).toBe(false);
    expect(table.testAndClearDirty(toGvpn(3))).toBe(true);
    expect(table.flagsOf(toGvpn(3))).toBe(PTE_PRESENT | PTE_WRITABLE);
    expect(table.testAndClearDirty(toGvpn(4))).toBe(false);
  });

  test('processes share an arena and give it back', () => {
    const arena = new PageTableArena();
    const frames = new Frames();
    const processes = Array.from({ length: 12 }, () => new GuestPageTable(toVmId(0), frames, arena));
    processes.forEach((table, i) => table.map(toGvpn(i * 0x800_0000), toGfn(i), true));
    processes.forEach((table, i) => expect(table.gfnOf(toGvpn(i * 0x800_0000))).toBe(i));
    expect(arena.count).toBe(48);
    for (const table of processes) table.destroy();
    expect(arena.count).toBe(0);
    expect(frames.out.size).toBe(0);
  });

  test('behaves as a plain Map of page to frame, with exactly the tables that its pages need', () => {
    // Few places in each level, so that tables meet, empty and come back.
    const page = fc
      .tuple(
        fc.constantFrom(0, 3, 511),
        fc.constantFrom(0, 511),
        fc.constantFrom(0, 1, 2),
        fc.constantFrom(0, 9, 511),
      )
      .map(([a, b, c, d]) => ((a * 512 + b) * 512 + c) * 512 + d);
    const step = fc.record({
      verb: fc.constantFrom(
        'map',
        'map',
        'map',
        'mapLarge',
        'unmap',
        'unmap',
        'protect',
        'software',
        'split',
      ),
      page,
      frame: fc.nat(1 << 20),
      writable: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { table, frames } = make();
        const model = new Model();
        for (const { verb, page: at, frame, writable } of steps) {
          const done = model.apply(verb, at, frame, writable);
          const act = (): unknown => {
            if (verb === 'map') return table.map(toGvpn(at), toGfn(frame), writable);
            if (verb === 'mapLarge')
              return table.mapLarge(toGvpn(at - (at % 512)), toGfn(frame * 512), writable);
            if (verb === 'unmap') return table.unmap(toGvpn(at));
            if (verb === 'protect') return table.protect(toGvpn(at), writable);
            if (verb === 'split') return table.splitLarge(toGvpn(at));
            return table.setSoftware(toGvpn(at), frame);
          };
          if (done === 'throws') expect(act).toThrow('2 MiB leaf');
          else expect(act()).toBe(done);
          expect(table.gfnOf(toGvpn(at))).toBe(model.gfnOf(at));
          expect(table.software(toGvpn(at))).toBe(model.software.get(at) ?? 0);
        }
        const leaves: [number, number, boolean][] = [];
        table.forEachLeaf((p, f, flags) => leaves.push([p, f, (flags & PTE_WRITABLE) !== 0]));
        expect(leaves).toEqual(model.leaves());
        expect(table.tables).toBe(model.tables());
        expect(frames.out.size).toBe(table.tables);
        expect(table.smallLeaves).toBe(model.small.size);
        expect(table.largeLeaves).toBe(model.large.size);
        table.destroy();
        expect(frames.out.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

/** Plain maps: small pages, large pages by their first page, software's numbers. */
class Model {
  readonly small = new Map<number, { frame: number; writable: boolean }>();
  readonly large = new Map<number, { frame: number; writable: boolean }>();
  readonly software = new Map<number, number>();

  apply(verb: string, page: number, frame: number, writable: boolean): unknown {
    const first = page - (page % 512);
    const large = this.large.get(first);
    if (verb === 'map') {
      if (large !== undefined) return 'throws';
      this.software.delete(page);
      this.small.set(page, { frame, writable });
      return true;
    }
    if (verb === 'mapLarge') {
      if (this.#under(first)) return 'throws';
      this.large.set(first, { frame: frame * 512, writable });
      return true;
    }
    if (verb === 'unmap') {
      const mapped = large ?? this.small.get(page);
      if (large !== undefined) this.large.delete(first);
      else this.small.delete(page);
      return mapped?.frame ?? -1;
    }
    if (verb === 'protect') {
      const mapped = large ?? this.small.get(page);
      if (mapped !== undefined) mapped.writable = writable;
      return mapped !== undefined;
    }
    if (verb === 'split') {
      if (large === undefined) return false;
      this.large.delete(first);
      for (let i = 0; i < 512; i++) this.small.set(first + i, { ...large, frame: large.frame + i });
      return true;
    }
    if (large !== undefined) return 'throws';
    this.small.delete(page);
    if (frame === 0) this.software.delete(page);
    else this.software.set(page, frame);
    return true;
  }

  #under(first: number): boolean {
    return [...this.small.keys(), ...this.software.keys()].some((p) => p >= first && p < first + 512);
  }

  gfnOf(page: number): number {
    const large = this.large.get(page - (page % 512));
    return large === undefined ? (this.small.get(page)?.frame ?? -1) : large.frame + (page % 512);
  }

  leaves(): [number, number, boolean][] {
    const all = [...this.small, ...this.large].sort(([a], [b]) => a - b);
    return all.map(([page, { frame, writable }]) => [page, frame, writable]);
  }

  tables(): number {
    const tables = new Set<string>();
    const over = (page: number, lowest: number): void => {
      for (let level = lowest; level < 3; level++)
        tables.add(`${level}:${Math.floor(page / 512 ** (level + 1))}`);
    };
    for (const page of [...this.small.keys(), ...this.software.keys()]) over(page, 0);
    for (const page of this.large.keys()) over(page, 1);
    return tables.size + 1;
  }
}
