import type { Resolved, Self, Strategy } from '@overbook/core';
import { CONTRACT, GUESTS, PAGES, defineStrategy, toGfn, toPages } from '@overbook/core';
import type { AnyStrategyPlugin } from '@overbook/core/host';

import { noOptions } from './kit-swap.ts';

const needs = { table: PAGES, guests: GUESTS };
/** Blocks of two pages. */
const ORDER = 1;

/** What unplugging does with a page that it was given, and with one that its guest has back. */
export interface BlockSteps {
  readonly gave: (
    table: Resolved<typeof needs>['table'],
    ...page: Parameters<Resolved<typeof needs>['table']['drop']>
  ) => number;
  readonly back: (
    table: Resolved<typeof needs>['table'],
    ...page: Parameters<Resolved<typeof needs>['table']['unballoon']>
  ) => void;
}

const SOUND: BlockSteps = {
  gave: (table, ...page) => table.drop(...page),
  back: (table, ...page) => table.unballoon(...page),
};

function make(
  { table, guests }: Resolved<typeof needs>,
  self: Self,
  { gave, back }: BlockSteps,
  order: number,
): Strategy {
  const pagesOfBlock = 2 ** order;
  const kind = self.kinds['kit-unplugged']!;
  const blocks = table.vms.map((): number[] => []);
  const answer = new Uint32Array(8);
  return {
    reclaim: ({ vm, goal, budget }) => {
      const { size, reservation } = table.vms[vm]!;
      const most = Math.min(goal, budget, size - reservation - table.count(vm, kind));
      const wanted = Math.min(answer.length, Math.floor(most / pagesOfBlock));
      const given = wanted > 0 ? guests.unplug(vm, order, wanted, answer) : 0;
      let freed = 0;
      for (const first of answer.subarray(0, given)) {
        blocks[vm]!.push(first);
        for (let page = first; page < first + pagesOfBlock; page++)
          freed += gave(table, vm, toGfn(page), kind, 0);
      }
      return {
        freed: toPages(freed),
        ordered: toPages(0),
        tried: toPages(given * pagesOfBlock),
        refused: [],
      };
    },
    relax: ({ vm, pages }) => {
      let given = 0;
      while (given + pagesOfBlock <= pages && blocks[vm]!.length > 0) {
        const first = blocks[vm]!.pop()!;
        if (!guests.plug(vm, order, toGfn(first))) {
          blocks[vm]!.push(first);
          break;
        }
        const before = table.count(vm, kind);
        for (let page = first; page < first + pagesOfBlock; page++) back(table, vm, toGfn(page));
        given += before - table.count(vm, kind);
      }
      return toPages(given);
    },
    poweredOff: (vm) => {
      blocks[vm] = [];
    },
  };
}

/**
 * Unplugging of blocks of two pages under a name, with some of its steps changed.
 * @param order of the blocks that it really gives, whatever it says
 */
export function changedBlocks(
  id: string,
  title: string,
  change: Partial<BlockSteps> = {},
  order = ORDER,
): AnyStrategyPlugin {
  return defineStrategy({
    id,
    contract: CONTRACT,
    title,
    options: noOptions,
    needs,
    kinds: ['kit-unplugged'],
    roles: { 'kit-unplugged': 'unplugged' },
    actsFrom: 'soft',
    grain: () => toPages(2 ** ORDER),
    create: (deps, _options, self) => make(deps, self, { ...SOUND, ...change }, order),
  });
}

/** The kit's own unplugging, sound. */
export const kitBlocks: AnyStrategyPlugin = changedBlocks('kit-blocks', 'Unplugs blocks of two pages');
