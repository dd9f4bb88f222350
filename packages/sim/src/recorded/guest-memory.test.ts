import { ROLE_ANONYMOUS, ROLE_FILE_CLEAN, ROLE_FREE, ROLE_KERNEL } from '@overbook/formats/roles';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { smallRecording } from '../../test/small-recording.ts';
import { GuestMemory } from './guest-memory.ts';
import { scriptOf } from './recorded-script.ts';
import { watermarksOf } from './watermarks.ts';

const ACTIVE = 0x20;
const into = new Uint32Array(4096);
function ignore(): void {
  return undefined;
}

/** A guest of so many pages of each role, in that order. */
function guestOf(
  roles: readonly (readonly [role: number, count: number])[],
  swap = 0,
  spare = 0,
  writeOut: (frame: number) => boolean = () => true,
) {
  const role = roles.flatMap(([value, count]) => Array.from({ length: count }, () => value));
  const memory = new GuestMemory(role.length, role.length + spare, swap, 0, { writeOut });
  memory.snapshot(Uint8Array.from(role), Uint8Array.from(role));
  return { memory, size: role.length, role };
}

function touch(memory: GuestMemory, ...pages: number[]): number[] {
  const batch = Uint32Array.from(pages);
  memory.touch(batch, batch.length);
  const gfns = new Uint32Array(batch.length);
  const holes = new Uint32Array(batch.length);
  const holeCount = memory.place(batch, batch.length, gfns, holes);
  return [...holes.subarray(0, holeCount)].map((hole) => batch[hole]!);
}

const { high } = watermarksOf(2000);

test('gives free pages down to the high watermark, then clean cache, and no more without swap of its own', () => {
  const { memory } = guestOf([
    [ROLE_FREE, high + 100],
    [ROLE_FILE_CLEAN, 50],
    [ROLE_ANONYMOUS, 300],
    [ROLE_KERNEL, 2000 - high - 450],
  ]);
  expect(memory.inflate(1000, into, 'balloon', ignore)).toBe(150);
  expect(memory.tally.result().given).toEqual({ free: 100, 'file clean': 50 });
  memory.verify();
});

test('pages out to its own swap where it has one, up to its size', () => {
  const { memory } = guestOf(
    [
      [ROLE_FREE, high],
      [ROLE_ANONYMOUS, 300],
      [ROLE_KERNEL, 1700 - high],
    ],
    120,
  );
  expect(memory.inflate(1000, into, 'balloon', ignore)).toBe(120);
  expect(memory.statistics().swapped).toBe(120);
  expect(memory.tally.result().guestSwapOuts).toBe(120);
  memory.verify();
});

test('reads a page from the host before it pages it out, and keeps it where the host cannot serve that', () => {
  const read: number[] = [];
  const roles = [
    [ROLE_FREE, high],
    [ROLE_ANONYMOUS, 3],
    [ROLE_KERNEL, 1997 - high],
  ] as const;
  const { memory } = guestOf(roles, 100, 0, (frame) => read.push(frame) !== 2);
  expect(memory.inflate(1000, into, 'balloon', ignore)).toBe(1);
  expect(memory.roleOf(high + 1)).toBe(ROLE_ANONYMOUS);
  // The one that could not be read is tried again after the others.
  expect(memory.inflate(1000, into, 'balloon', ignore)).toBe(2);
  expect(read).toEqual([high, high + 1, high + 2, high + 1]);
  memory.verify();
});

test('gives inactive cache before active, and what was touched longest ago first', () => {
  const { memory } = guestOf([
    [ROLE_KERNEL, 10],
    [ROLE_FILE_CLEAN | ACTIVE, 2],
    [ROLE_FILE_CLEAN, 3],
  ]);
  touch(memory, 12);
  touch(memory, 13);
  touch(memory, 14);
  touch(memory, 12);
  touch(memory, 0);
  expect(memory.inflate(5, into, 'balloon', ignore)).toBe(5);
  expect([...into.subarray(0, 5)]).toEqual([13, 14, 12, 10, 11]);
});

test('does not take what the running interval touches', () => {
  const { memory } = guestOf([
    [ROLE_KERNEL, 10],
    [ROLE_FILE_CLEAN, 2],
  ]);
  touch(memory, 10);
  expect(memory.inflate(5, into, 'balloon', ignore)).toBe(1);
  expect(into[0]).toBe(11);
});

test('a given free page that is touched again takes another frame and costs nothing', () => {
  const { memory } = guestOf([
    [ROLE_FREE, high + 10],
    [ROLE_KERNEL, 2000 - high - 10],
  ]);
  memory.inflate(10, into, 'balloon', ignore);
  const given = into[0]!;
  expect(touch(memory, given)).toEqual([given]);
  const frame = memory.bring(given);
  expect(frame).toBeGreaterThanOrEqual(0);
  expect(frame).not.toBe(given);
  expect(memory.broughtBack(given)).toBe('nothing');
  expect(touch(memory, given)).toEqual([]);
  memory.verify();
});

test('a dropped cache page that is touched again is read back, a swapped one swapped in', () => {
  const { memory } = guestOf(
    [
      [ROLE_FILE_CLEAN, 1],
      [ROLE_ANONYMOUS, 1],
      [ROLE_KERNEL, 20],
    ],
    10,
    3,
  );
  expect(memory.inflate(5, into, 'balloon', ignore)).toBe(2);
  touch(memory, 0, 1);
  expect(memory.bring(0)).toBe(22);
  expect(memory.broughtBack(0)).toBe('reread');
  expect(memory.bring(1)).toBe(23);
  expect(memory.broughtBack(1)).toBe('swap-in');
  memory.verify();
});

test('a guest with nothing left says so, and gets its pages when the balloon deflates', () => {
  const { memory } = guestOf([
    [ROLE_FILE_CLEAN, 1],
    [ROLE_KERNEL, 20],
  ]);
  memory.inflate(5, into, 'balloon', ignore);
  touch(memory, 0);
  expect(memory.bring(0)).toBe(-1);
  expect(memory.tally.outOfMemory).toBe(1);
  expect(memory.deflate(5, into, 'balloon')).toBe(1);
  expect(memory.bring(0)).toBe(0);
  memory.verify();
});

test('what a later snapshot shows as free need not be read back', () => {
  const { memory, role } = guestOf(
    [
      [ROLE_ANONYMOUS, 2],
      [ROLE_KERNEL, 20],
    ],
    5,
  );
  memory.inflate(2, into, 'balloon', ignore);
  const freed = Uint8Array.from(role, (value, page) => (page === 0 ? ROLE_FREE : value));
  memory.snapshot(freed, freed);
  expect(memory.statistics().swapped).toBe(1);
  memory.deflate(2, into, 'balloon');
  touch(memory, 0);
  memory.bring(0);
  expect(memory.broughtBack(0)).toBe('nothing');
});

test('a page that is free at the snapshot ahead is free from its last touch on', () => {
  const role = [ROLE_ANONYMOUS, ROLE_KERNEL];
  const recording = smallRecording(
    2,
    [
      { instructions: 1, endMs: 1, touches: { 0: 3 } },
      { instructions: 1, endMs: 2, touches: { 1: 2 } },
    ],
    [
      { after: 0, contents: [0, 0], roles: role },
      { after: 2, contents: [1, 0], roles: [ROLE_FREE, ROLE_KERNEL] },
    ],
  );
  const script = scriptOf(recording);
  const plan = script.plan(0);
  const memory = new GuestMemory(2, 2, 0, 0, { writeOut: () => true });
  memory.snapshot(plan.roles, recording.snapshots[1]!.role);
  expect(memory.statistics().free).toBe(0);
  memory.touchInterval(plan, 0);
  memory.touchInterval(plan, 1);
  expect(memory.statistics().free).toBe(1);
});

test('a free page is reported once, until it was used and is free again', () => {
  const { memory, role } = guestOf([
    [ROLE_FREE, 3],
    [ROLE_KERNEL, 5],
  ]);
  expect(memory.report(10, into, 0)).toBe(3);
  expect(memory.report(10, into, 0)).toBe(0);
  touch(memory, 1);
  memory.snapshot(Uint8Array.from(role), Uint8Array.from(role));
  touch(memory, 4);
  expect(memory.report(10, into, 0)).toBe(1);
  expect(into[0]).toBe(1);
});

test('reports whole free blocks only', () => {
  const { memory } = guestOf([
    [ROLE_FREE, 11],
    [ROLE_KERNEL, 2],
    [ROLE_FREE, 7],
  ]);
  expect(memory.report(100, into, 2)).toBe(12);
  expect([...into.subarray(0, 12)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19]);
  expect(memory.report(3, into, 2)).toBe(0);
});

const op = fc.oneof(
  fc.record({ touch: fc.array(fc.nat(39), { maxLength: 12 }) }),
  fc.record({ inflate: fc.nat(20) }),
  fc.record({ deflate: fc.nat(20) }),
  fc.record({
    roles: fc.array(fc.constantFrom(1, 2, 6, 7, 7 | ACTIVE, 8), { minLength: 40, maxLength: 40 }),
  }),
);

test('whatever happens, no frame has two uses, and every touched page has one', () => {
  fc.assert(
    fc.property(fc.array(op, { maxLength: 40 }), fc.nat(15), fc.nat(4), (ops, swap, spare) => {
      const { memory } = guestOf(
        [
          [ROLE_FREE, 20],
          [ROLE_FILE_CLEAN, 10],
          [ROLE_ANONYMOUS, 10],
        ],
        swap,
        spare,
      );
      const ballooned = new Set<number>();
      for (const step of ops) {
        if ('touch' in step) {
          for (const page of touch(memory, ...new Set(step.touch))) {
            const frame = memory.bring(page);
            if (frame < 0) continue;
            expect(ballooned.has(frame)).toBe(false);
            memory.broughtBack(page);
          }
        } else if ('inflate' in step) {
          const given = memory.inflate(step.inflate, into, 'balloon', ignore);
          for (const frame of into.subarray(0, given)) {
            expect(ballooned.has(frame)).toBe(false);
            ballooned.add(frame);
          }
        } else if ('deflate' in step) {
          const returned = memory.deflate(step.deflate, into, 'balloon');
          for (const frame of into.subarray(0, returned)) expect(ballooned.delete(frame)).toBe(true);
        } else {
          memory.snapshot(Uint8Array.from(step.roles), Uint8Array.from(step.roles));
        }
        memory.verify();
      }
    }),
    { numRuns: 300 },
  );
});
