import type { Mfn, Resolved, Self, Strategy, VmId } from '@overbook/core';
import {
  BLOCKED,
  CONTRACT,
  FRAMES,
  METER,
  NO_FRAME,
  PAGES,
  PAGE_STORE,
  SALTS,
  defineStrategy,
  done,
  toGfn,
  toPages,
} from '@overbook/core';
import type { AnyStrategyPlugin } from '@overbook/core/host';

import { noOptions } from './kit-swap.ts';

const needs = { table: PAGES, frames: FRAMES, store: PAGE_STORE, meter: METER, salts: SALTS };
type Deps = Resolved<typeof needs>;

/** What cloning does with a page of a template. */
export interface CloneSteps {
  /** Puts what the VM's template has at a page into a frame. */
  readonly load: (deps: Deps, vm: VmId, page: number, into: Mfn) => void;
  /** Whether a touched page may stand on the frame that all clones share. */
  readonly maySharePage: (write: boolean) => boolean;
}

/** The sound way. */
export const SOUND_CLONES: CloneSteps = {
  load: ({ table, store }, vm, page, into) => {
    const { contents, pages } = table.vms[vm]!.template!;
    store.write(into, contents, pages[page]! - 1);
  },
  maySharePage: (write) => !write,
};

function make(deps: Deps, self: Self, { load, maySharePage }: CloneSteps): Strategy {
  const { table, frames, meter, salts } = deps;
  const keepers = new Map<string, Mfn>();
  const keeperOf = (vm: VmId, page: number): Mfn | undefined => {
    const key = `${salts.domain(vm)}/${table.vms[vm]!.template!.pages[page]!}`;
    const known = keepers.get(key);
    if (known !== undefined) return known;
    const frame = frames.free > frames.total / 8 ? frames.takeOwn() : NO_FRAME;
    if (frame === NO_FRAME) return undefined;
    load(deps, vm, page, frame);
    frames.keepShared(frame);
    keepers.set(key, frame);
    return frame;
  };
  return {
    poweredOn: (vm) => {
      const { template } = table.vms[vm]!;
      template?.pages.forEach((content, page) => {
        if (content > 0) table.attach(vm, toGfn(page), self.kinds['kit-clone']!, 0);
      });
    },
    backings: {
      'kit-clone': {
        fault: (vm, page, _payload, at, write) => {
          const sharing = table.vms[vm]!.sharing !== false;
          const keeper = sharing && maySharePage(write) ? keeperOf(vm, page) : undefined;
          if (keeper !== undefined) {
            table.installShared(vm, page, keeper);
            return done(at, at, meter.spend('minorFault'));
          }
          const frame = frames.take(vm, at);
          if (frame === NO_FRAME) return BLOCKED;
          const { readyAt } = frames;
          load(deps, vm, page, frame);
          table.install(vm, page, frame);
          return done(at, readyAt, meter.spend('copyPage'));
        },
        release: () => undefined,
        peek: (vm, page, _payload, into) => load(deps, vm, page, into),
        footprint: () => toPages(frames.own),
      },
    },
    dispose: () => {
      for (const frame of keepers.values()) frames.giveOwn(frame);
      keepers.clear();
    },
  };
}

/** Sharing by origin under a name, with some of its steps changed. */
export function changedClones(
  id: string,
  title: string,
  change: Partial<CloneSteps> = {},
): AnyStrategyPlugin {
  return defineStrategy({
    id,
    contract: CONTRACT,
    title,
    options: noOptions,
    needs,
    kinds: ['kit-clone'],
    claims: ['shared'],
    create: (deps, _options, self) => make(deps, self, { ...SOUND_CLONES, ...change }),
  });
}

/** The kit's own sharing by origin, sound. */
export const kitClones: AnyStrategyPlugin = changedClones(
  'kit-clones',
  'Shares pages of VMs cloned from one template',
);
