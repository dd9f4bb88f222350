import type { FrameService, Mfn, SizeClass, SizeClasses } from '@overbook/core';
import { NO_FRAME } from '@overbook/core';

import type { Slot } from '../slot.ts';
import { ClassPages } from './class-pages.ts';
import { EMPTY, FREE, FULL, Zspage } from './zspage.ts';

/** Told that an object moves, while both places are there: from one slot to the other. */
export type Moved = (from: Slot, to: Slot) => void;

/**
 * Linux's zsmalloc (mm/zsmalloc.c, Documentation/mm/zsmalloc.rst): objects of any size up to a page, in size classes 16
 * bytes apart, packed into chains of machine frames. A chain that is used in part costs whole frames. The pool belongs
 * to the host: objects of all VMs lie side by side. An object keeps its handle wherever it moves.
 */
export class ZsPool {
  readonly #frames: FrameService;
  readonly #classes: SizeClasses;
  readonly #pagesOf: ReadonlyMap<SizeClass, ClassPages>;
  readonly #zspages: (Zspage | undefined)[] = [];
  readonly #objects: number[] = [];
  readonly #vacant: number[] = [];
  #held = 0;
  #most = 0;
  /** True where nothing was freed since the pool was packed: then there is nothing to pack. */
  #isPacked = true;

  constructor(classes: SizeClasses, frames: FrameService) {
    this.#classes = classes;
    this.#frames = frames;
    this.#pagesOf = new Map(classes.distinct.map((one) => [one, new ClassPages(one)]));
  }

  /** Frames of all zspages, now. */
  get frames(): number {
    return this.#held;
  }

  /** The most frames that it ever had. */
  get mostFrames(): number {
    return this.#most;
  }

  /** Objects in use. */
  get objects(): number {
    return this.#zspages.length - this.#vacant.length;
  }

  /** Frames that `compact` would give back (the column `freeable`). */
  get compactable(): number {
    let sum = 0;
    for (const one of this.#pagesOf.values()) sum += one.compactable;
    return sum;
  }

  /** Room for an object; where no zspage of its class has any, a whole new chain. @returns a handle, -1: no frames */
  malloc(bytes: number): number {
    const sizeClass = this.#classes.classOf(bytes);
    const pages = this.#pagesOf.get(sizeClass)!;
    const zspage = pages.fullest ?? this.#grow(pages);
    if (zspage === undefined) return -1;
    const handle = this.#vacant.pop() ?? this.#zspages.length;
    this.#zspages[handle] = zspage;
    this.#objects[handle] = pages.take(zspage, handle);
    return handle;
  }

  /** Frees an object, and its zspage with the last one. @returns frames given back */
  free(handle: number): number {
    const zspage = this.#zspages[handle]!;
    this.#pagesOf.get(zspage.sizeClass)!.give(zspage, this.#objects[handle]!);
    this.#zspages[handle] = undefined;
    this.#vacant.push(handle);
    this.#isPacked = false;
    return zspage.group === EMPTY ? this.#drop(zspage) : 0;
  }

  /** Where an object lies. */
  slot(handle: number, bytes: number): Slot {
    return slotIn(this.#zspages[handle]!, this.#objects[handle]!, bytes);
  }

  /**
   * Moves objects of the emptiest zspages into the fullest ones, class by class, as long as that empties any
   * (zs_compact). @returns frames given back
   */
  compact(moved: Moved): number {
    let freed = 0;
    if (this.#isPacked) return freed;
    for (const pages of this.#pagesOf.values()) freed += this.#compact(pages, moved);
    this.#isPacked = true;
    return freed;
  }

  /** Recounts. @throws Error on drift */
  verify(): void {
    let frames = 0;
    let objects = 0;
    for (const pages of this.#pagesOf.values()) {
      let inClass = 0;
      for (const zspage of pages) {
        inClass += zspage.frames.length;
        for (let object = 0; object < zspage.sizeClass.objects; object++) {
          const handle = zspage.handle(object);
          if (handle === FREE) continue;
          objects++;
          if (this.#zspages[handle] !== zspage || this.#objects[handle] !== object)
            throw new Error(`object ${object} of a zspage has handle ${handle}, which is elsewhere`);
        }
        if (zspage.used === 0) throw new Error('an empty zspage was kept');
      }
      if (inClass !== pages.frames)
        throw new Error(`class ${pages.sizeClass.size}: ${inClass} frames listed, ${pages.frames} counted`);
      frames += inClass;
    }
    if (frames !== this.#held || objects !== this.objects)
      throw new Error(
        `${frames} frames and ${objects} objects in zspages, ${this.#held} and ${this.objects} counted`,
      );
  }

  #compact(pages: ClassPages, moved: Moved): number {
    let freed = 0;
    let target: Zspage | undefined;
    while (pages.compactable > 0) {
      target ??= pages.fullest;
      const source = target === undefined ? undefined : pages.emptiestBut(target);
      if (target === undefined || source === undefined) break;
      this.#migrate(pages, source, target, moved);
      if (source.group === EMPTY) freed += this.#drop(source);
      if (target.group === FULL) target = undefined;
    }
    return freed;
  }

  #migrate(pages: ClassPages, source: Zspage, target: Zspage, moved: Moved): void {
    const { objects, size } = source.sizeClass;
    for (let object = 0; object < objects && target.group !== FULL; object++) {
      const handle = source.handle(object);
      if (handle === FREE) continue;
      const from = slotIn(source, object, size);
      const to = pages.take(target, handle);
      moved(from, slotIn(target, to, size));
      pages.give(source, object);
      this.#zspages[handle] = target;
      this.#objects[handle] = to;
    }
  }

  #grow(pages: ClassPages): Zspage | undefined {
    const frames: Mfn[] = [];
    for (let i = 0; i < pages.sizeClass.pages; i++) {
      const frame = this.#frames.takeOwn();
      if (frame === NO_FRAME) {
        for (const taken of frames) this.#frames.giveOwn(taken);
        return undefined;
      }
      frames.push(frame);
    }
    this.#held += frames.length;
    this.#most = Math.max(this.#most, this.#held);
    const zspage = new Zspage(pages.sizeClass, frames);
    pages.add(zspage);
    return zspage;
  }

  #drop(zspage: Zspage): number {
    this.#pagesOf.get(zspage.sizeClass)!.remove(zspage);
    for (const frame of zspage.frames) this.#frames.giveOwn(frame);
    this.#held -= zspage.frames.length;
    return zspage.frames.length;
  }
}

function slotIn({ frames, sizeClass }: Zspage, object: number, bytes: number): Slot {
  return { frames, offset: object * sizeClass.size, bytes };
}
