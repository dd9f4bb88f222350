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
  /** How much of it is used, as one of the groups. */
  group = EMPTY;
  /** Handle of each object, or FREE. */
  readonly #handles: number[];
  /** Free objects, the one that is used next last: the one that was freed last. */
  readonly #free: number[];

  constructor(sizeClass: SizeClass, frames: readonly Mfn[]) {
    const { objects } = sizeClass;
    this.sizeClass = sizeClass;
    this.frames = frames;
    this.#handles = [];
    this.#free = [];
    for (let object = objects - 1; object >= 0; object--) {
      this.#handles.push(FREE);
      this.#free.push(object);
    }
  }

  get used(): number {
    return this.sizeClass.objects - this.#free.length;
  }

  /** A free object becomes that of `handle`; there must be one. @returns its number */
  take(handle: number): number {
    const object = this.#free.pop()!;
    this.#handles[object] = handle;
    this.#regroup();
    return object;
  }

  give(object: number): void {
    this.#handles[object] = FREE;
    this.#free.push(object);
    this.#regroup();
  }

  /** Handle of an object, or FREE. */
  handle(object: number): number {
    return this.#handles[object]!;
  }

  #regroup(): void {
    const { used } = this;
    const { objects } = this.sizeClass;
    if (used === 0) this.group = EMPTY;
    else if (used === objects) this.group = FULL;
    else this.group = Math.floor((100 * used) / objects / TENTHS) + 1;
  }
}
