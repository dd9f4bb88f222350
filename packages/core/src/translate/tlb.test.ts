import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Tlb, TlbArray } from './tlb.ts';
import { Pmap } from '../pmap/pmap.ts';
import { toHostPage, toVmId } from '../units/page.ts';

interface Line {
  readonly tag: number;
  readonly page: number;
  readonly behind: number;
}

/** One set is a list, most recently used first. */
class Model {
  readonly sets: Line[][];
  readonly #ways: number;

  constructor(entries: number, ways: number) {
    this.#ways = ways;
    this.sets = Array.from({ length: entries / ways }, () => []);
  }

  #set(page: number): Line[] {
    return this.sets[page % this.sets.length]!;
  }

  lookup(tag: number, page: number): Line | undefined {
    const set = this.#set(page);
    const at = set.findIndex((line) => line.tag === tag && line.page === page);
    if (at < 0) return undefined;
    const [line] = set.splice(at, 1);
    set.unshift(line!);
    return line;
  }

  insert(line: Line): void {
    const set = this.#set(line.page);
    if (this.lookup(line.tag, line.page) !== undefined) set.shift();
    set.unshift(line);
    if (set.length > this.#ways) set.pop();
  }

  drop(gone: (line: Line) => boolean): number {
    let dropped = 0;
    this.sets.forEach((set, i) => {
      const kept = set.filter((line) => !gone(line));
      dropped += set.length - kept.length;
      this.sets[i] = kept;
    });
    return dropped;
  }
}

describe('the TLB', () => {
  test('answers, replaces and forgets as plain lists in order of use do', () => {
    const step = fc.record({
      verb: fc.constantFrom('touch', 'touch', 'touch', 'touch', 'page', 'behind', 'tag'),
      tag: fc.integer({ min: 1, max: 3 }),
      // Pages beyond 32 bits share their low half with others.
      page: fc.tuple(fc.nat(9), fc.constantFrom(0, 2 ** 32, 2 ** 35)).map(([low, high]) => low + high),
      behind: fc.nat(12),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const real = new TlbArray({ entries: 8, ways: 4 });
        const model = new Model(8, 4);
        for (const { verb, tag, page, behind } of steps) {
          if (verb === 'touch') {
            const entry = real.lookup(tag, page);
            const line = model.lookup(tag, page);
            expect(entry >= 0).toBe(line !== undefined);
            if (line !== undefined) expect(real.gfns[entry]).toBe(line.behind);
            else {
              real.insert(tag, page, toHostPage(behind), behind, behind + 100, 0);
              model.insert({ tag, page, behind });
            }
          } else if (verb === 'page') {
            expect(real.dropPage(tag, page)).toBe(
              model.drop((line) => line.tag === tag && line.page === page),
            );
          } else if (verb === 'behind') {
            expect(real.dropBehind(toHostPage(behind))).toBe(model.drop((line) => line.behind === behind));
          } else {
            expect(real.dropTag(tag)).toBe(model.drop((line) => line.tag === tag));
          }
          const held: string[] = [];
          real.forEach((t, p, entry) =>
            held.push(`${t}:${p}:${real.gfns[entry]!}:${real.mfns[entry]! - 100}`),
          );
          const expected = model.sets
            .flat()
            .map((line) => `${line.tag}:${line.page}:${line.behind}:${line.behind}`);
          expect(held.sort()).toEqual(expected.sort());
          expect(real.count).toBe(expected.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a changed guest page drops its own entry and the large one around it, in the VM alone', () => {
    const tlb = new Tlb({ entries: 8, ways: 2 }, { entries: 4, ways: 2 });
    tlb.small.insert(1, 0x40, toHostPage(5000 + 700), 700, 1, 0);
    tlb.small.insert(1, 0x41, toHostPage(5000 + 701), 701, 2, 0);
    tlb.large.insert(1, 9, toHostPage(5000 + 512), 512, 512, 0);
    tlb.large.insert(2, 9, toHostPage(9000 + 512), 512, 1024, 0);
    expect(tlb.dropBehind(new Pmap(toVmId(1), 4000, 5000), 700)).toBe(2);
    expect([tlb.small.lookup(1, 0x40), tlb.small.lookup(1, 0x41) >= 0, tlb.large.lookup(2, 9) >= 0]).toEqual([
      -1,
      true,
      true,
    ]);
  });

  test('refuses a size whose sets are no power of two', () => {
    expect(() => new TlbArray({ entries: 12, ways: 4 })).toThrow('not a power of two');
  });
});
