import { ROLE_ANONYMOUS, ROLE_FILE_CLEAN, ROLE_FREE, ROLE_KERNEL } from '@overbook/formats/roles';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { smallRecording } from '../../test/small-recording.ts';
import { PageRoles } from './page-roles.ts';
import { scriptOf } from './recorded-script.ts';
import type { Picked } from './segment-plan.ts';
import { ENTRY_LAST_WRITE, ENTRY_PAGE, ENTRY_ROLE, ENTRY_WRITE } from './segment-plan.ts';

const SIZE = 4;
const touches = fc.dictionary(fc.constantFrom('0', '1', '2', '3'), fc.constantFrom<(1 | 2 | 3)[]>(1, 2, 3));
const role = fc.constantFrom(ROLE_FREE, ROLE_FILE_CLEAN, ROLE_ANONYMOUS, ROLE_KERNEL);
const roles = fc.array(role, { minLength: SIZE, maxLength: SIZE });

type Touches = Record<string, 1 | 2 | 3>;

/** All pages change: a device has written those that no interval writes, before they are touched. */
function withDeviceWrites(played: readonly Touches[]): readonly Touches[] {
  const seen = new Set<string>();
  return played.map((one) => {
    const now = { ...one };
    for (const page of Object.keys(one)) {
      if (!seen.has(page) && played.every((other) => other[page] !== 3)) now[page] = 3;
      seen.add(page);
    }
    return now;
  });
}

function of({ entries, starts }: Picked, interval: number): readonly number[] {
  return [...entries.subarray(starts[interval], starts[interval + 1])];
}

test('a plan tells of each touch what a look at all that follows it tells', () => {
  fc.assert(
    fc.property(fc.array(touches, { maxLength: 6 }), roles, roles, fc.nat(6), (kinds, behind, ahead, cut) => {
      const intervals = kinds.map((one, i) => ({ instructions: 1, endMs: i + 1, touches: one }));
      const contents = [0, 0, 0, 0];
      const to = Math.min(cut, intervals.length);
      const recording = smallRecording(SIZE, intervals, [
        { after: 0, contents, roles: behind },
        { after: intervals.length, contents: [1, 1, 1, 1], roles: ahead, agentAsked: to },
      ]);
      const plan = scriptOf(recording).plan(0);
      const played = withDeviceWrites(kinds.slice(0, to));
      const isFreeAhead = (page: number): boolean => ahead[page] === ROLE_FREE;
      // The rule as it is told: page by page, looking ahead.
      const plain = behind.map((was, page) =>
        isFreeAhead(page) && played.every((one) => !(page in one)) ? ROLE_FREE : was,
      );
      expect([...plan.roles]).toEqual(plain);
      expect([...plan.deviceWrites]).toEqual(
        [0, 1, 2, 3].filter((page) => played.every((one) => !(page in one))),
      );
      const now = new PageRoles(SIZE);
      now.stand(plan.roles, Uint8Array.from(ahead));
      played.forEach((one, interval) => {
        const entries = [...plan.entries.subarray(plan.starts[interval], plan.starts[interval + 1])];
        expect(entries.map((entry) => entry & ENTRY_PAGE)).toEqual(Object.keys(one).map(Number));
        expect(of(plan.writes, interval)).toEqual(entries.filter((entry) => (entry & ENTRY_WRITE) !== 0));
        expect(of(plan.changes, interval)).toEqual(entries.filter((entry) => (entry & ENTRY_ROLE) !== 0));
        let freed = 0;
        for (const entry of entries) {
          const page = entry & ENTRY_PAGE;
          const later = played.slice(interval + 1);
          const write = one[page] === 3;
          const isLastWrite = write && later.every((next) => next[page] !== 3);
          const isLastTouch = later.every((next) => !(page in next));
          const was = plain[page]!;
          if (isFreeAhead(page) && isLastTouch) plain[page] = ROLE_FREE;
          else if (write && (isLastWrite || ahead[page] === ROLE_ANONYMOUS)) plain[page] = ahead[page]!;
          else if (write) plain[page] = ROLE_KERNEL;
          const isAllocated = write && was === ROLE_FREE;
          expect((entry & ENTRY_WRITE) !== 0).toBe(write);
          expect((entry & ENTRY_LAST_WRITE) !== 0).toBe(isLastWrite);
          expect((entry & ENTRY_ROLE) !== 0).toBe(isAllocated || plain[page] !== was);
          freed += Number(plain[page] !== was && plain[page] === ROLE_FREE);
          if ((entry & ENTRY_ROLE) !== 0) now.touch(page, write, isLastWrite, interval + 1);
          expect(now.wasAllocatedIn(page, interval + 1)).toBe(isAllocated);
          expect([...now.now]).toEqual(plain);
        }
        if (freed > 1) expect(plan.ordered[interval]).toBe(1);
        if (entries.every((entry) => entry >= 0)) expect(plan.ordered[interval]).toBe(0);
      });
    }),
    { numRuns: 500 },
  );
});
