import type { VmId } from '@overbook/core';
import type { Host, KindWatcher } from '@overbook/core/host';
import type { Pmap } from '@overbook/core/internals';
import { ROLE_FILE_CLEAN, ROLE_FILE_DIRTY, ROLE_MASK, ROLE_NAMES } from '@overbook/formats/roles';

import type { HostPaging, TouchCause, UncooperativeSwapping } from '../result.ts';

/** What a guest's own kernel knows of its frames. A kind of guest that does not know has no such thing. */
export interface FrameTeller {
  /** Role of a guest frame now (`ROLE_` of @overbook/formats/roles). */
  roleOf(gfn: number): number;
  /** Frame of the next page of the same file, or -1: no file page, or not in the cache. */
  readonly nextOfFile?: ((gfn: number) => number) | undefined;
}

const CAUSES: readonly TouchCause[] = ['use', 'device write', 'overwrite', 'page-out'];
const KINDS = 16;

/**
 * Counts what the host's paging of one guest came to, by what its guest knows: which pages were taken, and why they
 * were touched again. The host itself knows neither.
 */
export class GuestPaging {
  readonly #teller: FrameTeller;
  readonly #memory: Pmap;
  /** By kind and role. */
  readonly #entered = new Float64Array(KINDS * ROLE_NAMES.length);
  /** By kind and cause. */
  readonly #touched = new Float64Array(KINDS * CAUSES.length);
  /** By kind: file pages touched whose successor in the file is in the same kind, and where it does not lie next. */
  readonly #pairs = new Float64Array(KINDS);
  readonly #decayed = new Float64Array(KINDS);
  #expectedGfn = -1;
  #expectedCause: TouchCause = 'use';

  constructor(teller: FrameTeller, pmap: Pmap) {
    this.#teller = teller;
    this.#memory = pmap;
  }

  /** The guest is about to touch a page for that reason. */
  expect(gfn: number, cause: TouchCause): void {
    this.#expectedGfn = gfn;
    this.#expectedCause = cause;
  }

  entered(gfn: number, kind: number): void {
    if (gfn === this.#expectedGfn) this.#expectedGfn = -1;
    this.#entered[kind * ROLE_NAMES.length + (this.#teller.roleOf(gfn) & ROLE_MASK)]!++;
  }

  touched(gfn: number, kind: number, payload: number): void {
    const cause = gfn === this.#expectedGfn ? this.#expectedCause : 'use';
    this.#expectedGfn = -1;
    this.#touched[kind * CAUSES.length + CAUSES.indexOf(cause)]!++;
    const next = cause === 'use' ? (this.#teller.nextOfFile?.(gfn) ?? -1) : -1;
    if (next < 0 || this.#memory.kind(next) !== kind) return;
    this.#pairs[kind]!++;
    if (this.#memory.payload(next) !== payload + 1) this.#decayed[kind]!++;
  }

  reset(): void {
    for (const counts of [this.#entered, this.#touched, this.#pairs, this.#decayed]) counts.fill(0);
  }

  /** @param kinds of the host; core's own are left out */
  result(kinds: Pick<Host['kinds'], 'names' | 'ofRole'>): HostPaging {
    const brought = kinds.names.map((name, kind) => ({ name, kind })).slice(4);
    const swapped = kinds.ofRole('swapped');
    return {
      entered: Object.fromEntries(
        brought.map(({ name, kind }) => [name, named(this.#entered, kind, ROLE_NAMES)]),
      ),
      touched: Object.fromEntries(
        brought.map(({ name, kind }) => [name, named(this.#touched, kind, CAUSES)]),
      ),
      ...(swapped.length === 0 ? {} : { swapping: this.#swapping(swapped) }),
    };
  }

  /** @param kinds of the role `swapped` */
  #swapping(kinds: readonly number[]): UncooperativeSwapping {
    const sum = (of: (kind: number) => number): number => kinds.reduce((all, kind) => all + of(kind), 0);
    const taken = (role: number): number => sum((kind) => this.#entered[kind * ROLE_NAMES.length + role]!);
    const touched = (cause: TouchCause): number =>
      sum((kind) => this.#touched[kind * CAUSES.length + CAUSES.indexOf(cause)]!);
    return {
      silentWrites: taken(ROLE_FILE_CLEAN),
      staleReads: touched('device write'),
      falseReads: touched('overwrite'),
      falseAnonymity: taken(ROLE_FILE_CLEAN) + taken(ROLE_FILE_DIRTY),
      doublePaged: touched('page-out'),
      ...(this.#teller.nextOfFile === undefined
        ? {}
        : {
            filePairs: sum((kind) => this.#pairs[kind]!),
            decayedPairs: sum((kind) => this.#decayed[kind]!),
          }),
    };
  }
}

function named(counts: Float64Array, kind: number, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    names.flatMap((name, i) => {
      const count = counts[kind * names.length + i]!;
      return count > 0 ? [[name, count]] : [];
    }),
  );
}

/** Passes on what the host does to those guests that can tell what it means. */
export class PagingWatcher implements KindWatcher {
  /** By VM; undefined where the guest cannot tell. */
  readonly guests: (GuestPaging | undefined)[] = [];

  entered(vm: VmId, gfn: number, kind: number): void {
    this.guests[vm]?.entered(gfn, kind);
  }

  touched(vm: VmId, gfn: number, kind: number, payload: number): void {
    this.guests[vm]?.touched(gfn, kind, payload);
  }
}
