import type { SizeClass } from '@overbook/core';

import type { Zspage } from './zspage.ts';
import { EMPTY, FULL } from './zspage.ts';

/** The zspages of one class, in lists by how much of them is used; one that comes into a list is its first. */
export class ClassPages {
  readonly sizeClass: SizeClass;
  readonly #first: (Zspage | undefined)[] = [];
  #used = 0;
  #zspages = 0;

  constructor(sizeClass: SizeClass) {
    this.sizeClass = sizeClass;
  }

  /** Frames of all its zspages. */
  get frames(): number {
    return this.#zspages * this.sizeClass.pages;
  }

  /** Frames that would come free if its objects were packed (zs_can_compact). */
  get compactable(): number {
    const { objects, pages } = this.sizeClass;
    return Math.floor((this.#zspages * objects - this.#used) / objects) * pages;
  }

  /** The zspage that is fullest without being full, or undefined: where the next object goes. */
  get fullest(): Zspage | undefined {
    for (let group = FULL - 1; group > EMPTY; group--)
      if (this.#first[group] !== undefined) return this.#first[group];
    return undefined;
  }

  /** The emptiest zspage that is not full, and not this one. */
  emptiestBut(other: Zspage): Zspage | undefined {
    for (let group = EMPTY + 1; group < FULL; group++) {
      const first = this.#first[group];
      const found = first === other ? first.after : first;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  add(zspage: Zspage): void {
    this.#zspages++;
    this.#used += zspage.used;
    this.#putIn(zspage, zspage.group);
  }

  /** It is empty and goes. */
  remove(zspage: Zspage): void {
    this.#zspages--;
    this.#takeOut(zspage, EMPTY);
  }

  /** An object of the zspage becomes that of `handle`. @returns its number */
  take(zspage: Zspage, handle: number): number {
    const { group } = zspage;
    const object = zspage.take(handle);
    this.#used++;
    this.#moved(zspage, group);
    return object;
  }

  give(zspage: Zspage, object: number): void {
    const { group } = zspage;
    zspage.give(object);
    this.#used--;
    this.#moved(zspage, group);
  }

  /** All zspages, by group. */
  *[Symbol.iterator](): Generator<Zspage> {
    for (let group = EMPTY; group <= FULL; group++)
      for (let zspage = this.#first[group]; zspage !== undefined; zspage = zspage.after) yield zspage;
  }

  #moved(zspage: Zspage, from: number): void {
    if (zspage.group === from) return;
    this.#takeOut(zspage, from);
    this.#putIn(zspage, zspage.group);
  }

  #putIn(zspage: Zspage, group: number): void {
    const second = this.#first[group];
    zspage.before = undefined;
    zspage.after = second;
    if (second !== undefined) second.before = zspage;
    this.#first[group] = zspage;
  }

  #takeOut(zspage: Zspage, group: number): void {
    const { before, after } = zspage;
    if (before === undefined) this.#first[group] = after;
    else before.after = after;
    if (after !== undefined) after.before = before;
  }
}
