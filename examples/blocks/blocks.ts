/**
 * Unplugs memory in blocks, as virtio-mem does (Hildenbrand and Schulz, VEE 2021): the guest gives up whole aligned
 * blocks and gets them back the same way. Goals come as multiples of a block (`grain`); the order of a block is an
 * option.
 */
import { GUESTS, METER, PAGES, defineStrategy, toGfn, toPages } from '@overbook/core';
import { z } from 'zod';

export const blocks = defineStrategy({
  id: 'blocks',
  contract: 2,
  title: 'Unplugs guest memory in blocks, as virtio-mem does',
  options: z.strictObject({
    order: z.int().min(0).max(18).default(9).describe('A block is 2^order pages; 9 is 2 MiB.'),
  }),
  needs: { table: PAGES, guests: GUESTS, meter: METER },
  kinds: ['unplugged'],
  roles: { unplugged: 'unplugged' }, // core serves such pages: they hold nothing
  actsFrom: 'soft',
  canGive: (_options, vms) => vms.some(({ driver }) => driver),
  grain: ({ order }) => toPages(2 ** order),
  create: ({ table, guests, meter }, { order }, self) => {
    const pages = 2 ** order;
    const kind = self.kinds['unplugged']!;
    const gone = table.vms.map((): number[] => []); // first pages of unplugged blocks, by VM
    const answer = new Uint32Array(64);
    return {
      reclaim: ({ vm, goal, budget, direct }) => {
        // An access that waits is not helped by a guest: it is not running.
        const spare = table.count(vm, kind) + table.vms[vm]!.reservation;
        const most = Math.min(goal, budget, Math.max(0, table.vms[vm]!.size - spare));
        const wanted = direct ? 0 : Math.min(Math.floor(most / pages), answer.length);
        const given = wanted === 0 ? 0 : guests.unplug(vm, order, wanted, answer);
        let freed = 0;
        for (const first of answer.subarray(0, given)) {
          gone[vm]!.push(first);
          for (let page = first; page < first + pages; page++) freed += table.drop(vm, toGfn(page), kind, 0);
        }
        meter.spend('balloonPage', given * pages);
        const refused =
          given < wanted || wanted === 0 ? [{ pages: toPages(goal - freed), why: 'no whole block' }] : [];
        return { freed: toPages(freed), ordered: toPages(0), tried: toPages(given * pages), refused };
      },
      relax: ({ vm, pages: most }) => {
        let given = 0;
        while (given + pages <= most && gone[vm]!.length > 0) {
          const first = gone[vm]!.at(-1)!;
          if (!guests.plug(vm, order, toGfn(first))) break;
          gone[vm]!.pop();
          for (let page = first; page < first + pages; page++) table.unballoon(vm, toGfn(page));
          given += pages;
        }
        return toPages(given);
      },
      poweredOff: (vm) => {
        gone[vm] = [];
      },
      counters: () => ({ blocks: gone.reduce((sum, firsts) => sum + firsts.length, 0) }),
    };
  },
});
