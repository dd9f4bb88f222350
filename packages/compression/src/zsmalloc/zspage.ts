import type { Mfn, SizeClass } from '@overbook/core';

/** In place of a handle where an object is free. */
export const FREE = -1;

/** Groups by how much is used: nothing, up to 10 % and so on in tenths, less than all, all (zsmalloc from 6.3 on). */
export const EMPTY = 0;
const TENTHS = 10;
export const FULL = 11;

/** A chain of machine frames that holds objects of one class, one behind the other, across the ends of frames too. */
export class Zspage {
  readonly sizeClass: SizeClass;
  readonly frames: readonly Mfn[];
  /** Neighbours in the list of its group. */
  before: Zspage | undefined;
  after: Zspage | undefined;
  /** Handle of each object, or FREE. */
  readonly #handles: Int32Array;
  /** Free objects, the one that is used next last: the one that was freed last. */
  readonly #free: number[];

  constructor(sizeClass: SizeClass, frames: readonly Mfn[]) {
    const { objects } = sizeClass;
    this.sizeClass = sizeClass;
    this.frames = frames;
    this.#handles = new Int32Array(objects).fill(FREE);
    this.#free = Array.from({ length: objects }, (_, i) => objects - 1 - i);
  }

  get used(): number {
    return this.sizeClass.objects - this.#free.length;
  }

  get group(): number {
    const { used } = this;
    if (used === 0) return EMPTY;
    if (used === this.sizeClass.objects) return FULL;
    return Math.floor((100 * used) / this.sizeClass.objects / TENTHS) + 1;
  }

  /** A free object becomes that of `handle`; there must be one. @returns its number */
  take(handle: number): number {
    const object = this.#free.pop()!;
    this.#handles[object] = handle;
    return object;
  }

  give(object: number): void {
    this.#handles[object] = FREE;
    this.#free.push(object);
  }

  /** Handle of an object, or FREE. */
  handle(object: number): number {
    return this.#handles[object]!;
  }
}
