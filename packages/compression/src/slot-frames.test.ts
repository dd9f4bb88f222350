import fc from 'fast-check';
import { expect, test } from 'vitest';

import { toMfn } from '@overbook/core';

import type { SlotSize } from './slot-frames.ts';
import { SLOT_1K, SLOT_2K, SlotFrames, slotFor } from './slot-frames.ts';

test('a page takes the smallest slot that holds it, and none above 2 KiB', () => {
  const sizes = [1, 1024, 1025, 2048, 2049, 4114].map((bytes) => slotFor(bytes));
  expect(sizes).toEqual([SLOT_1K, SLOT_1K, SLOT_2K, SLOT_2K, -1, -1]);
});

/** A frame of the plain model: its size of slots, and who has each. */
interface Frame {
  readonly mfn: number;
  size: SlotSize;
  slots: (number | undefined)[];
}

function empty(size: SlotSize): undefined[] {
  return Array.from({ length: size === SLOT_1K ? 4 : 2 }, () => undefined);
}

const step = fc.record({
  do: fc.constantFrom('take', 'take', 'take', 'free', 'free', 'add', 'recarve', 'remove'),
  size: fc.constantFrom(SLOT_1K, SLOT_2K),
  pick: fc.nat(1000),
});

test('slots behave as a plain list of frames with slots, and no two overlap', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const real = new SlotFrames();
      const model: Frame[] = [];
      const places = new Map<number, { readonly frame: Frame; readonly slot: number }>();
      let nextMfn = 100;
      let nextHolder = 0;
      const add = (size: SlotSize): void => {
        real.add(toMfn(nextMfn), size);
        model.push({ mfn: nextMfn++, size, slots: empty(size) });
      };
      for (const { do: what, size, pick } of steps) {
        if (what === 'add') add(size);
        if (what === 'take') {
          const holder = nextHolder++;
          const place = real.take(size, holder);
          const hasRoom = model.some((frame) => frame.size === size && frame.slots.includes(undefined));
          expect(place >= 0).toBe(hasRoom);
          if (place < 0) continue;
          const frame = model.find((one) => one.mfn === real.mfnOf(place))!;
          const slot = real.offsetOf(place) / (size === SLOT_1K ? 1024 : 2048);
          expect(frame.size).toBe(size);
          expect(frame.slots[slot]).toBeUndefined();
          frame.slots[slot] = holder;
          places.set(place, { frame, slot });
        }
        if (what === 'free' && places.size > 0) {
          const place = [...places.keys()][pick % places.size]!;
          const { frame, slot } = places.get(place)!;
          places.delete(place);
          frame.slots[slot] = undefined;
          expect(real.free(place)).toBe(frame.slots.every((holder) => holder === undefined));
        }
        const vacated = model.filter((frame) => frame.slots.every((holder) => holder === undefined));
        if ((what === 'recarve' || what === 'remove') && vacated.length > 0) {
          const frame = vacated[pick % vacated.length]!;
          const index = indexOf(real, frame.mfn);
          if (index < 0) continue;
          if (what === 'recarve') {
            real.recarve(index, size);
            frame.size = size;
            frame.slots = empty(size);
          } else {
            expect(real.remove(index)).toBe(frame.mfn);
            model.splice(model.indexOf(frame), 1);
          }
        }
        expect(real.count).toBe(model.length);
        for (const one of [SLOT_1K, SLOT_2K]) {
          const slots = model.filter((frame) => frame.size === one).flatMap((frame) => frame.slots);
          expect(real.used(one)).toBe(slots.filter((holder) => holder !== undefined).length);
          expect(real.hasRoom(one)).toBe(slots.includes(undefined));
        }
        for (const [place, { frame }] of places) {
          expect(real.holdersIn(real.frameOf(place))).toEqual(
            frame.slots.filter((holder) => holder !== undefined),
          );
        }
      }
    }),
    { numRuns: 200 },
  );
});

/** Index of a frame: frames are told apart by the places they give. */
function indexOf(frames: SlotFrames, wanted: number): number {
  for (let index = 0; index < 200; index++) if (frames.mfnOf(index * 4) === wanted) return index;
  return -1;
}
