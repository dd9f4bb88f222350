import type { FrameService } from '@overbook/core';
import { NO_FRAME, SizeClasses, toMfn, toPages } from '@overbook/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { ZsPool } from './pool.ts';

/** So many frames, each taken and given once. */
class Frames implements FrameService {
  readonly total = 40;
  readonly taken = new Set<number>();
  readonly readyAt = 0 as never;

  get free(): number {
    return this.total - this.taken.size;
  }
  get own() {
    return toPages(this.taken.size);
  }
  take(): never {
    throw new Error('a pool takes no frames for guests');
  }
  takeAhead(): never {
    throw new Error('a pool reads nothing ahead');
  }
  keepShared(): never {
    throw new Error('a pool shares no frames');
  }
  takeOwn() {
    for (let frame = 0; frame < this.total; frame++) {
      if (this.taken.has(frame)) continue;
      this.taken.add(frame);
      return toMfn(frame);
    }
    return NO_FRAME;
  }
  giveOwn(frame: number): void {
    if (!this.taken.delete(frame)) throw new Error(`frame ${frame} is given twice`);
  }
}

/** One zspage as the documentation tells of it: objects used of all, and when it came into its group. */
interface Plain {
  readonly size: number;
  readonly pages: number;
  readonly objects: number;
  readonly used: Set<number>;
  entered: number;
}

function groupOf({ used, objects }: Plain): number {
  return used.size === objects ? 11 : Math.floor((used.size * 10) / objects) + 1;
}

/** zsmalloc as one list of zspages, searched whole every time. */
class PlainPool {
  zspages: Plain[] = [];
  readonly #classes: SizeClasses;
  #stamp = 0;

  constructor(classes: SizeClasses) {
    this.#classes = classes;
  }

  get frames(): number {
    return this.zspages.reduce((sum, { pages }) => sum + pages, 0);
  }

  malloc(bytes: number, handle: number | undefined, free: number): boolean {
    const { size, pages, objects } = this.#classes.classOf(bytes);
    let place = this.fullest(size);
    if (place === undefined) {
      if (free < pages) return false;
      place = { size, pages, objects, used: new Set(), entered: 0 };
      this.zspages.push(place);
    }
    if (handle !== undefined) this.#change(place, () => place.used.add(handle));
    return true;
  }

  fullest(size: number): Plain | undefined {
    return this.#open(size).sort((a, b) => groupOf(b) - groupOf(a) || b.entered - a.entered)[0];
  }

  free(handle: number): void {
    const place = this.zspages.find(({ used }) => used.has(handle))!;
    this.#change(place, () => place.used.delete(handle));
    this.#clean();
  }

  /** Frames that packing every class as tightly as can be gives back. */
  compact(): number {
    let freed = 0;
    for (const size of new Set(this.zspages.map((one) => one.size))) {
      const those = this.zspages.filter((one) => one.size === size);
      const { objects, pages } = those[0]!;
      const used = those.reduce((sum, one) => sum + one.used.size, 0);
      freed += (those.length - Math.ceil(used / objects)) * pages;
    }
    return freed;
  }

  #open(size: number): Plain[] {
    return this.zspages.filter((one) => one.size === size && one.used.size < one.objects);
  }

  #change(place: Plain, how: () => void): void {
    const before = place.used.size === 0 ? 0 : groupOf(place);
    how();
    if (place.used.size > 0 && groupOf(place) !== before) place.entered = ++this.#stamp;
  }

  #clean(): void {
    this.zspages = this.zspages.filter(({ used }) => used.size > 0);
  }
}

const step = fc.record({
  do: fc.constantFrom('malloc', 'malloc', 'malloc', 'free', 'free'),
  size: fc.nat(3),
  which: fc.nat(),
});

test.each([
  [4, 'mostUsedPercent'],
  [8, 'leastWaste'],
] as const)(
  'a pool with chains of %i is a plain list of zspages',
  (chain, rule) => {
    const classes = new SizeClasses(chain, rule);
    const SIZES = [24, 1560, 2100, 4096];
    let [grown, refused, compacted] = [0, 0, 0];
    fc.assert(
      fc.property(fc.array(step, { minLength: 150, maxLength: 400 }), (steps) => {
        const frames = new Frames();
        const pool = new ZsPool(classes, frames);
        const plain = new PlainPool(classes);
        const held = new Map<number, number>();
        for (const { do: what, size, which } of steps) {
          if (what === 'malloc') {
            const { free } = frames;
            const handle = pool.malloc(SIZES[size]!);
            expect(plain.malloc(SIZES[size]!, handle < 0 ? undefined : handle, free)).toBe(handle >= 0);
            if (handle >= 0) held.set(handle, SIZES[size]!);
            else refused++;
          }
          if (what === 'free' && held.size > 0) {
            const [handle] = [...held][which % held.size]!;
            pool.free(handle);
            plain.free(handle);
            held.delete(handle);
          }
          expect(pool.frames).toBe(plain.frames);
          expect(frames.taken.size).toBe(pool.frames);
          expect(pool.objects).toBe(held.size);
          grown = Math.max(grown, pool.frames);
        }
        for (const handle of held.keys()) {
          if (handle % 3 === 0) continue;
          pool.free(handle);
          plain.free(handle);
          held.delete(handle);
        }
        const most = plain.compact();
        expect(pool.compactable).toBe(most);
        let moves = 0;
        expect(pool.compact(() => void moves++)).toBe(most);
        expect(moves > 0).toBe(most > 0);
        expect(frames.taken.size).toBe(plain.frames - most);
        if (most > 0) compacted++;
        pool.verify();
        const bytes = new Map<number, Set<number>>();
        for (const [handle, size] of held) {
          const slot = pool.slot(handle, size);
          expect(slot.offset + size).toBeLessThanOrEqual(slot.frames.length * 4096);
          for (let at = slot.offset; at < slot.offset + size; at++) {
            const frame = slot.frames[Math.floor(at / 4096)]!;
            const used = bytes.get(frame) ?? new Set();
            if (used.has(at % 4096) || !frames.taken.has(frame)) expect(at).toBe('free');
            bytes.set(frame, used.add(at % 4096));
          }
        }
        for (const handle of held.keys()) pool.free(handle);
        expect(frames.taken.size).toBe(0);
      }),
      { numRuns: 40 },
    );
    expect([grown > 30, refused > 0, compacted > 5]).toEqual([true, true, true]);
  },
  60_000,
);

test('the example of the documentation: 13 objects of 1568 bytes are three zspages, or six pages', () => {
  const pool = new ZsPool(new SizeClasses(4), new Frames());
  for (let i = 0; i < 13; i++) pool.malloc(1560); // and a handle of 8 bytes
  expect(pool.frames).toBe(6);
  const longer = new ZsPool(new SizeClasses(8), new Frames());
  for (let i = 0; i < 13; i++) longer.malloc(1560);
  expect(longer.frames).toBe(5);
});

test('objects that move take their contents along, and keep their handles', () => {
  const frames = new Frames();
  const pool = new ZsPool(new SizeClasses(8), frames);
  const handles = Array.from({ length: 26 }, () => pool.malloc(1560));
  const where = (): Map<number, string> =>
    new Map(
      handles.flatMap((handle, i) => (i % 3 === 0 ? [[handle, placeOf(pool.slot(handle, 1560))]] : [])),
    );
  handles.forEach((handle, i) => i % 3 > 0 && pool.free(handle));
  const known = where();
  expect(pool.frames).toBe(10);
  expect(
    pool.compact((from, to) => {
      const [moved] = [...known].find(([, place]) => place === placeOf(from))!;
      known.set(moved, placeOf(to));
    }),
  ).toBe(5);
  expect(where()).toEqual(known);
  pool.verify();
});

function placeOf({ frames, offset }: { frames: readonly number[]; offset: number }): string {
  return `${frames.join('+')}@${offset}`;
}
