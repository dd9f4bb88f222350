/**
 * Sharing by origin: VMs that start from one template have its pages on the same frames from the first read on, and
 * none of them is ever scanned or compared. A write gets a copy of its own.
 *   power-on  gfn 3 ──► cloned      read  gfn 3 ─┐                     write  gfn 3 ──► mfn 90 (a copy)
 *                                         others ┴► mfn 41 (kept)             others ──► mfn 41 (kept)
 */
import type { Mfn, Template, VmId } from '@overbook/core';
import {
  BLOCKED,
  FRAMES,
  METER,
  NO_FRAME,
  PAGES,
  PAGE_STORE,
  SALTS,
  defineStrategy,
  done,
  toGfn,
  toMfn,
} from '@overbook/core';
import { z } from 'zod';

/** Frame of each page of a template for VMs of one sharing domain, 0 where there is none yet (frame + 1 else). */
interface Image {
  readonly template: Template;
  readonly frames: Uint32Array;
}

export const clones = defineStrategy({
  id: 'clones',
  contract: 2,
  title: 'Shares pages that VMs of one template have not written since they started',
  options: z.strictObject({}),
  needs: { table: PAGES, frames: FRAMES, store: PAGE_STORE, meter: METER, salts: SALTS },
  kinds: ['cloned'],
  claims: ['shared'],
  create: ({ table, frames, store, meter, salts }, _options, self) => {
    const images = new Map<string, Image>();
    const imageOf = (vm: VmId, template: Template): Image => {
      const key = `${salts.domain(vm)}/${template.name}`;
      const known = images.get(key) ?? { template, frames: new Uint32Array(template.pages.length) };
      images.set(key, known);
      return known;
    };
    const load = ({ template }: Image, page: number, into: Mfn): void =>
      store.write(into, template.contents, template.pages[page]! - 1);
    /** The frame that all clones share; made at the first touch, or not at all if no frame is available. */
    const keeperOf = (image: Image, page: number): Mfn | typeof NO_FRAME => {
      if (image.frames[page]! > 0) return toMfn(image.frames[page]! - 1);
      const frame = frames.free > frames.total / 64 ? frames.takeOwn() : NO_FRAME;
      if (frame === NO_FRAME) return NO_FRAME;
      load(image, page, frame);
      frames.keepShared(frame);
      image.frames[page] = frame + 1;
      return frame;
    };
    return {
      poweredOn: (vm) => {
        const { template, sharing } = table.vms[vm]!;
        if (template === undefined || sharing === false) return;
        template.pages.forEach((content, page) => {
          if (content > 0) table.attach(vm, toGfn(page), self.kinds['cloned']!, page);
        });
      },
      backings: {
        cloned: {
          fault: (vm, page, origin, at, write) => {
            const image = imageOf(vm, table.vms[vm]!.template!);
            const keeper = write ? NO_FRAME : keeperOf(image, origin);
            if (keeper !== NO_FRAME) {
              table.installShared(vm, page, keeper);
              return done(at, at, meter.spend('minorFault'));
            }
            const frame = frames.take(vm, at);
            if (frame === NO_FRAME) return BLOCKED;
            load(image, origin, frame);
            table.install(vm, page, frame);
            return done(at, frames.readyAt, meter.spend('copyPage'));
          },
          release: () => undefined,
          peek: (vm, _page, origin, into) => load(imageOf(vm, table.vms[vm]!.template!), origin, into),
          footprint: () => frames.own,
        },
      },
      dispose: () => {
        for (const { frames: kept } of images.values())
          for (const frame of kept) if (frame > 0) frames.giveOwn(toMfn(frame - 1));
        images.clear();
      },
    };
  },
});
