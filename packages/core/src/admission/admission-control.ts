import type { Pages } from '../units/page.ts';
import { toPages } from '../units/page.ts';
import type { AdmissionRefusal } from '../contract/admission-refusal.ts';
import { inMiB } from '../units/in-mib.ts';
import type { PoolFacts } from './resource-pools.ts';

/** What a VM needs to be powered on. Pages. */
export interface Demand {
  readonly reservation: Pages;
  readonly overhead: Pages;
  /** Swap space its hypervisor swapping may come to need: size − reservation. */
  readonly swap: Pages;
  /** Index of its pool; -1 directly below the host. */
  readonly pool: number;
}

/**
 * Admission control (Waldspurger, OSDI 2002, §6.2): a VM is powered on only if its reservation and its overhead fit
 * into unreserved machine memory, and what it may have to swap (size − reservation) into free swap space. Through
 * resource pools (VMware, vSphere Resource Management): a pool takes its own reservation from its parent at once,
 * used or not; VMs that need more than it has left borrow from its parent, and on from there, while the pools are
 * expandable.
 */
export class AdmissionControl {
  readonly #pools: readonly PoolFacts[];
  readonly #capacity: Pages;
  readonly #swapSpace: number;
  /** Demanded of each pool by what is in it: VMs' reservations and overheads, inner pools' claims; the host's last. */
  readonly #demanded: number[];
  #swap = 0;

  /**
   * @param capacity machine memory that may be reserved @param swapSpace Infinity when it is made as needed
   */
  constructor(capacity: Pages, swapSpace: number, pools: readonly PoolFacts[]) {
    this.#capacity = capacity;
    this.#swapSpace = swapSpace;
    this.#pools = pools;
    this.#demanded = Array.from({ length: pools.length + 1 }, () => 0);
  }

  /** Claims the pools' own reservations, outermost first. @returns what does not fit, by pool */
  claimPools(): readonly { readonly pool: string; readonly refusal: AdmissionRefusal }[] {
    const refusals: { pool: string; refusal: AdmissionRefusal }[] = [];
    const claimed = new Set<number>();
    const claim = (index: number): void => {
      if (index < 0 || claimed.has(index)) return;
      const { parent, reservation, name } = this.#pools[index]!;
      claim(parent);
      claimed.add(index);
      const demand = { reservation, overhead: toPages(0), swap: toPages(0), pool: parent };
      const refusal = this.#refusal(demand);
      if (refusal === undefined) this.#move(parent, reservation);
      else refusals.push({ pool: name, refusal });
    };
    this.#pools.forEach((_, index) => claim(index));
    return refusals;
  }

  /** What a VM would need that is not there; undefined when it may be powered on. Changes nothing. */
  ask(demand: Demand): AdmissionRefusal | undefined {
    const memory = this.#refusal(demand);
    if (memory !== undefined) return memory;
    const free = this.#swapSpace - this.#swap;
    if (demand.swap <= free) return undefined;
    return {
      of: 'swap',
      where: 'host',
      needs: demand.swap,
      reservation: demand.reservation,
      overhead: demand.overhead,
      asked: demand.swap,
      unreserved: toPages(free),
    };
  }

  /** Books what a VM takes; asked before. */
  admit({ pool, reservation, overhead, swap }: Demand): void {
    this.#move(pool, reservation + overhead);
    this.#swap += swap;
  }

  /** Gives back what `admit` booked. */
  release({ pool, reservation, overhead, swap }: Demand): void {
    this.#move(pool, -(reservation + overhead));
    this.#swap -= swap;
  }

  /** Unreserved machine memory. */
  get unreserved(): Pages {
    return toPages(this.#capacity - this.#demanded.at(-1)!);
  }

  /** Part of the swap space that is booked. */
  get swapBooked(): Pages {
    return toPages(this.#swap);
  }

  #refusal({ pool, reservation, overhead }: Demand): AdmissionRefusal | undefined {
    const refuse = (where: string, asked: number, unreserved: number): AdmissionRefusal => ({
      of: 'memory',
      where,
      needs: toPages(reservation + overhead),
      reservation,
      overhead,
      asked: toPages(asked),
      unreserved: toPages(Math.max(0, unreserved)),
    });
    let asked = reservation + overhead;
    for (let at = pool; at >= 0; at = this.#pools[at]!.parent) {
      const { name, expandable, limit, reservation: own } = this.#pools[at]!;
      const demanded = this.#demanded[at]!;
      const most = expandable ? limit : own;
      if (demanded + asked > most) return refuse(`pool ${name}`, asked, most - demanded);
      asked = Math.max(own, demanded + asked) - Math.max(own, demanded);
    }
    const unreserved = this.unreserved;
    return asked > unreserved ? refuse('host', asked, unreserved) : undefined;
  }

  /** Adds a demand to a pool and what it then claims more of its parent to that one, up to the host. */
  #move(pool: number, change: number): void {
    let left = change;
    for (let at = pool; at >= 0; at = this.#pools[at]!.parent) {
      const { reservation } = this.#pools[at]!;
      const was = Math.max(reservation, this.#demanded[at]!);
      this.#demanded[at]! += left;
      left = Math.max(reservation, this.#demanded[at]!) - was;
    }
    this.#demanded[this.#pools.length]! += left;
  }
}

/** The refusal as a sentence: what is needed, what is there. */
export function explainRefusal(refusal: AdmissionRefusal): string {
  const { of, where, needs, reservation, overhead, asked, unreserved } = refusal;
  const there = `${where} has ${inMiB(unreserved)}`;
  if (of === 'swap') return `it may need ${inMiB(needs)} of swap space (size - reservation), ${there} free`;
  const sum = `${inMiB(needs)} (reservation ${inMiB(reservation)} + overhead ${inMiB(overhead)})`;
  return `it needs ${sum}, ${asked === needs ? '' : `${inMiB(asked)} of it borrowed, and `}${there} unreserved`;
}
