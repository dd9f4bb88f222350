import type { FramePool } from '../frames/frame-pool.ts';
import type { Pmap } from '../pmap/pmap.ts';
import { BIT_COLD, BIT_LARGE } from '../pmap/pmap.ts';
import { FIRST_PLUGIN_KIND, KIND_MAPPED, KIND_SHARED } from '../pmap/kinds.ts';
import type { Meter } from '../ports/meter.ts';
import { guardCall } from '../contract/plugin-guard.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Nanoseconds } from '../units/page.ts';
import { LARGE_PAGE_PAGES, NS_PER_SECOND, toGfn } from '../units/page.ts';
import type { HostMemory } from './host-memory.ts';
import { mayHold } from './pool-limits.ts';
import type { LargePageAction } from '../ports/pressure.ts';

/** Regions looked at for each that may be formed: most of a host's regions are large already or cannot be. */
const LOOKS_PER_FORM = 16;

/** How fast large mappings are looked at, broken and formed, and what forming may undo. */
export interface LargePageRules {
  /** Each region is looked at once in so many milliseconds while cold ones break; one untouched since is cold. */
  readonly coldPeriod: number;
  /** Cold regions are broken while memory is plentiful too (VEE 2015), and none is formed then. */
  readonly coldAlways: boolean;
  /** Most regions broken a second, over all VMs; Infinity breaks all that is to be broken in one pass. */
  readonly breaksPerSecond: number;
  /** Most regions formed a second, over all VMs; 0 = broken regions stay small. */
  readonly formsPerSecond: number;
  /** Shared pages of a region that may get private copies to make it large again (LPage.MaxSharedPages). */
  readonly maxSharedPages: number;
  /** Pages of a region in slots that may be read back for it (LPage.MaxSwappedPagesInitVal). */
  readonly maxSwappedPages: number;
}

/** What a breaker is made of. */
export interface LargePageBreakerParts {
  readonly memory: HostMemory;
  readonly pool: FramePool;
  readonly meter: Meter;
  /** Those that want to hear of broken regions. */
  readonly strategies: readonly { readonly id: string; readonly strategy: Strategy }[];
  readonly rules: LargePageRules;
}

/**
 * Breaks and forms a host's large mappings as its memory state says, a little at each pass. Goes round all
 * regions of all VMs in one order (VM by VM, ascending), so that every region has its turn. Tells strategies of
 * every region that was broken since the last pass, for any reason: never during another strategy's reclaim.
 */
export class LargePageBreaker {
  readonly #memory: HostMemory;
  readonly #pool: FramePool;
  readonly #meter: Meter;
  readonly #rules: LargePageRules;
  readonly #listeners: LargePageBreakerParts['strategies'];
  /** Whole regions of all VMs, numbered through: VM of each, and number within it. */
  readonly #vms: Uint16Array;
  readonly #regions: Uint32Array;
  #sinceNs = 0;
  /** Next region to look at, to break and to form, and what is due of each. */
  readonly #looks = { next: 0, due: 0 };
  readonly #breaks = { next: 0, due: 0 };
  readonly #forms = { next: 0, due: 0 };

  constructor(parts: LargePageBreakerParts) {
    this.#memory = parts.memory;
    this.#pool = parts.pool;
    this.#meter = parts.meter;
    this.#rules = parts.rules;
    const { large, pmaps } = parts.memory;
    this.#listeners = parts.strategies.filter(({ strategy }) => strategy.largePageBroken !== undefined);
    if (large !== undefined && this.#listeners.length > 0) large.noteBroken();
    const wholeOf = (pmap: Pmap): number => Math.floor(pmap.size / LARGE_PAGE_PAGES);
    const total = large === undefined ? 0 : pmaps.reduce((sum, pmap) => sum + wholeOf(pmap), 0);
    this.#vms = new Uint16Array(total);
    this.#regions = new Uint32Array(total);
    let at = 0;
    for (const pmap of total === 0 ? [] : pmaps)
      for (let region = 0; region < wholeOf(pmap); region++, at++) {
        this.#vms[at] = pmap.id;
        this.#regions[at] = region;
      }
  }

  /**
   * One pass. Does nothing on a host without large frames.
   * @param action what the memory state says @param keepFree free frames above which regions may form
   * @param at time of the pass: rates count from the pass before
   */
  pass(action: LargePageAction, keepFree: number, at: Nanoseconds): void {
    const { large } = this.#memory;
    if (large === undefined || this.#vms.length === 0) return;
    const seconds = Math.max(0, at - this.#sinceNs) / NS_PER_SECOND;
    this.#sinceNs = at;
    large.fills = action !== 'break-all';
    if (action === 'break-all') this.#breakAll(seconds);
    else if (action === 'break-cold' || this.#rules.coldAlways) this.#breakCold(seconds);
    else this.#form(seconds, keepFree, at);
    this.#tell();
  }

  /**
   * A look marks a large region's pages as untouched; a region that kept all marks since the previous look is cold.
   */
  #breakCold(seconds: number): void {
    const total = this.#vms.length;
    const period = Math.max(1, this.#rules.coldPeriod) / 1000;
    this.#looks.due = Math.min(total, this.#looks.due + (total * seconds) / period);
    this.#earn(this.#breaks, this.#rules.breaksPerSecond, seconds);
    for (; this.#looks.due >= 1; this.#looks.due--) {
      const at = this.#turn(this.#looks);
      const pmap = this.#memory.pmaps[this.#vms[at]!]!;
      const first = this.#regions[at]! * LARGE_PAGE_PAGES;
      if ((pmap.bits[first]! & BIT_LARGE) === 0) continue;
      this.#meter.spend('scanPage');
      if (this.#breaks.due >= 1 && isCold(pmap, first)) {
        this.#memory.large!.breakAt(pmap, toGfn(first));
        this.#breaks.due--;
      } else {
        this.#memory.large!.watch(pmap, first);
      }
    }
  }

  #breakAll(seconds: number): void {
    this.#earn(this.#breaks, this.#rules.breaksPerSecond, seconds);
    for (let tries = this.#vms.length; tries > 0 && this.#breaks.due >= 1; tries--) {
      const at = this.#turn(this.#breaks);
      if (this.#memory.large!.break(this.#memory.vms[this.#vms[at]!]!.id, this.#regions[at]!))
        this.#breaks.due--;
    }
  }

  #form(seconds: number, keepFree: number, at: Nanoseconds): void {
    const { formsPerSecond, maxSharedPages } = this.#rules;
    if (formsPerSecond === 0) return;
    this.#earn(this.#forms, formsPerSecond, seconds);
    let looks = Math.min(this.#vms.length, Math.floor(this.#forms.due * LOOKS_PER_FORM));
    for (; looks > 0 && this.#forms.due >= 1; looks--) {
      if (this.#pool.usable - LARGE_PAGE_PAGES <= keepFree) return;
      const next = this.#turn(this.#forms);
      const vm = this.#memory.vms[this.#vms[next]!]!.id;
      const region = this.#regions[next]!;
      if (!this.#readBack(this.#memory.pmaps[vm]!, region * LARGE_PAGE_PAGES, at)) continue;
      const answer = this.#memory.large!.form(vm, region, maxSharedPages);
      if (answer === 'in place' || answer === 'copied') this.#forms.due--;
    }
  }

  /** Brings a region's pages back from strategies' slots, if they are few and the rest have frames. */
  #readBack(pmap: Pmap, first: number, at: Nanoseconds): boolean {
    if ((pmap.bits[first]! & BIT_LARGE) !== 0) return false;
    let shared = 0;
    let away = 0;
    for (let page = first; page < first + LARGE_PAGE_PAGES; page++) {
      const kind = pmap.kind(page);
      if (kind === KIND_SHARED) shared++;
      else if (kind >= FIRST_PLUGIN_KIND) away++;
      else if (kind !== KIND_MAPPED) return false;
    }
    const { maxSharedPages, maxSwappedPages } = this.#rules;
    if (shared > maxSharedPages || away > maxSwappedPages) return false;
    if (away === 0) return true;
    if (!mayHold(this.#memory, pmap.id, shared + away)) return false;
    if (this.#pool.freeLarge === 0) return false;
    for (let page = first; page < first + LARGE_PAGE_PAGES; page++)
      if (pmap.kind(page) >= FIRST_PLUGIN_KIND && !this.#memory.readBack(pmap.id, toGfn(page), at))
        return false;
    return true;
  }

  /** Adds what a pass may do to what is left from the one before; a second's worth is kept at most. */
  #earn(account: { due: number }, perSecond: number, seconds: number): void {
    account.due =
      perSecond === Infinity ? Infinity : Math.min(Math.max(1, perSecond), account.due + perSecond * seconds);
  }

  #turn(cursor: { next: number }): number {
    const at = cursor.next;
    cursor.next = at + 1 === this.#vms.length ? 0 : at + 1;
    return at;
  }

  #tell(): void {
    const { large, vms } = this.#memory;
    if (this.#listeners.length === 0 || large!.brokenCount === 0) return;
    large!.takeBroken((vm, first) => {
      for (const { id, strategy } of this.#listeners)
        guardCall(id, () => strategy.largePageBroken!(vms[vm]!.id, toGfn(first)));
    });
  }
}

function isCold(pmap: Pmap, first: number): boolean {
  for (let page = first; page < first + LARGE_PAGE_PAGES; page++)
    if ((pmap.bits[page]! & BIT_COLD) === 0) return false;
  return true;
}
