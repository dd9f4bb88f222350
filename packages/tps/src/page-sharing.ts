import type {
  Clock,
  FrameService,
  Gfn,
  Meter,
  Mfn,
  Nanoseconds,
  PageService,
  PageStore,
  RandomStream,
  ReclaimReceipt,
  ReclaimRequest,
  Resolved,
  Strategy,
  Victim,
  VmFacts,
  VmId,
} from '@overbook/core';
import {
  FILL_ZERO,
  KIND_MAPPED,
  KIND_SHARED,
  LARGE_PAGE_PAGES,
  NS_PER_SECOND,
  toGfn,
  toPages,
} from '@overbook/core';
import type { Subscription } from 'rxjs';
import type { output } from 'zod';

import type { needs } from './needs.ts';
import type { esxOptions } from './options.ts';
import { PageNumbers } from './page-numbers.ts';
import { repeat } from './repeat.ts';
import { fastestScan, scanRates } from './scan-pace.ts';
import { WaitingPages } from './waiting-pages.ts';
import { ShareTable } from './share-table.ts';
import type { esxTunable } from './tunable.ts';

type Deps = Resolved<typeof needs>;
type Options = output<typeof esxOptions>;

/** How often the scanner wakes. Chosen: ESX's own is not published; this is short beside a scan. */
const WAKE_MS = 100;

const NO_MATCH = -1;
/** The only entry of this content is the page's own hint. */
const OWN_HINT = -2;
/** Equal hashes, different contents. */
const FALSE_MATCH = -3;
/** The hinted page lies in a 2 MiB mapping, which is not broken for it. */
const IN_LARGE_PAGE = -4;

/** ESX keeps 16 bytes a hint or shared frame, with 16 bits of reference count (OSDI 2002, §4.3). */
const TABLE_FRAME_BYTES = 16;
const MAX_SHORT_COUNT = 0xffff;

const NOTHING: ReclaimReceipt = { freed: toPages(0), ordered: toPages(0), tried: toPages(0), refused: [] };

/**
 * Content-based page sharing of ESX (Waldspurger, OSDI 2002, §4.2-4.3). A paced scan hashes one candidate
 * after another and looks the hash up in one table:
 *
 *   shared frame   compare whole; equal → map the page to it, copy-on-write, free the page's own frame
 *   hint           hash the hinted page again; changed → drop the hint; equal → both share its frame
 *   nothing        leave a hint; the page stays writable: marking it would cost a fault at every write
 *
 * Pages share only within a salt domain (VMware KB 2080735). Copy-on-write breaks are core's; an entry whose
 * frame is no longer shared is found stale at its next use.
 *
 * A page inside a 2 MiB mapping is scanned and hinted and not shared; where its content is known already it waits,
 * and it is shared as soon as the mapping is broken (KB 1020524; Guo et al., VEE 2015).
 */
export class PageSharing implements Strategy {
  readonly #pages: PageService;
  readonly #frames: FrameService;
  readonly #store: PageStore;
  readonly #clock: Clock;
  readonly #meter: Meter;
  readonly #options: Options;
  readonly #numbers: PageNumbers;
  readonly #table: ShareTable;
  /** Salt domain by VM. */
  readonly #domains: readonly number[];
  readonly #random: readonly RandomStream[] | undefined;
  /** Next page of a sequential scan, by VM. */
  readonly #cursors: Float64Array;
  /** Pages a second, by VM. */
  #rates: readonly number[];
  /** Part of a page that is due since the last whole one, by VM. */
  readonly #due: Float64Array;
  /** Pages that may still be scanned for reclaim, and since when, by VM. */
  readonly #allowance: { readonly pages: Float64Array; readonly sinceNs: Float64Array };
  /** Pages whose hash met another content of the same hash, by page number. With 64 bits, next to none. */
  readonly #ineligible = new Map<number, { readonly lo: number; readonly hi: number }>();
  readonly #waiting: WaitingPages;
  readonly #tally = {
    scanned: 0,
    merged: 0,
    rescued: 0,
    sharedAtBreak: 0,
    staleHints: 0,
    staleShared: 0,
    falseMatches: 0,
  };

  constructor(deps: Deps, options: Options) {
    const { vms } = deps.pages;
    this.#pages = deps.pages;
    this.#frames = deps.frames;
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#meter = deps.meter;
    this.#options = options;
    this.#numbers = new PageNumbers(vms);
    this.#table = new ShareTable(this.#numbers.total, deps.frames.total);
    this.#waiting = new WaitingPages(this.#numbers.total);
    deps.salts.setMode(saltMode(options));
    this.#domains = vms.map((vm) => deps.salts.domain(vm.id));
    this.#random =
      options.order === 'random' ? vms.map((vm) => deps.random.stream(`scan/${vm.name}`)) : undefined;
    this.#cursors = new Float64Array(vms.length);
    this.#rates = this.#paced(options.pagesPerSecond);
    this.#due = new Float64Array(vms.length);
    this.#allowance = {
      pages: new Float64Array(vms.length).fill(this.#fastest()),
      sinceNs: new Float64Array(vms.length),
    };
  }

  start(): Subscription {
    return repeat(this.#clock, WAKE_MS, () => this.#wake());
  }

  /**
   * An extra scan of one VM while memory is short, beside the background one and no faster than
   * ShareRateMax. An access that waits is not kept waiting by a search: sharing answers it through `rescue`.
   */
  reclaim({ vm, goal, budget, direct, at }: ReclaimRequest): ReclaimReceipt {
    if (direct || goal === 0 || !sharingAllowed(this.#pages.vms[vm]!)) return NOTHING;
    const allowed = Math.min(budget, this.#allow(vm, at));
    const before = this.#frames.free;
    let tried = 0;
    while (tried < allowed && this.#frames.free - before < goal) {
      this.#consider(vm, this.#candidate(vm));
      tried++;
    }
    this.#allowance.pages[vm]! -= tried;
    return {
      freed: toPages(this.#frames.free - before),
      ordered: toPages(0),
      tried: toPages(tried),
      refused: [],
    };
  }

  /** Share before swap (OSDI 2002, §4.3): a victim whose content exists elsewhere. It leaves no hint. */
  rescue({ vm, gfn: page, mfn: frame }: Victim): boolean {
    if (!sharingAllowed(this.#pages.vms[vm]!)) return false;
    this.#meter.spend('hashPage');
    const number = this.#numbers.bases[vm]! + page;
    const keeper = this.#match(
      number,
      frame,
      this.#store.hashLo(frame),
      this.#store.hashHi(frame),
      this.#domains[vm]!,
    );
    if (keeper < 0) return false;
    this.#merge(vm, page, number, keeper as Mfn);
    this.#tally.rescued++;
    return true;
  }

  /** Pages of a broken 2 MiB mapping whose content is known elsewhere share at once, however many they are. */
  largePageBroken(vm: VmId, first: Gfn): void {
    const before = this.#tally.merged;
    const number = this.#numbers.bases[vm]! + first;
    for (let i = 0; i < LARGE_PAGE_PAGES; i++)
      if (this.#waiting.take(number + i)) this.#consider(vm, toGfn(first + i));
    this.#tally.sharedAtBreak += this.#tally.merged - before;
  }

  /** Its scan begins at page 0. */
  poweredOn(vm: VmId): void {
    this.#cursors[vm] = 0;
    this.#due[vm] = 0;
    this.#allowance.pages[vm] = this.#fastest();
    this.#allowance.sinceNs[vm] = this.#clock.now();
  }

  /** No page of the VM is known any more. */
  poweredOff(vm: VmId): void {
    const first = this.#numbers.bases[vm]!;
    for (let number = first; number < first + this.#pages.vms[vm]!.size; number++) {
      this.#table.dropHintOf(number);
      this.#waiting.take(number);
      this.#ineligible.delete(number);
    }
  }

  /** Settings a policy may change: `pagesPerSecond`. */
  tune({ pagesPerSecond }: output<typeof esxTunable>): void {
    this.#rates = this.#paced(pagesPerSecond);
  }

  counters(): Readonly<Record<string, number>> {
    const frames = this.#table.sharedFrames().filter((frame) => this.#pages.isShared(frame));
    const references = frames.map((frame) => this.#pages.references(frame));
    const { hints } = this.#table;
    return {
      ...this.#tally,
      hints,
      waiting: this.#waiting.count,
      sharedFrames: frames.length,
      zeroPages: references.reduce(
        (sum, count, i) => sum + (this.#store.fill(frames[i]!) === FILL_ZERO ? count : 0),
        0,
      ),
      overflows: references.filter((count) => count > MAX_SHORT_COUNT).length,
      tableBytes: (hints + frames.length) * TABLE_FRAME_BYTES,
      ineligible: this.#ineligible.size,
    };
  }

  vmCounters(vm: VmId): Readonly<Record<string, number>> {
    const first = this.#numbers.bases[vm]!;
    return { cowHints: this.#table.hintsAmong(first, first + this.#pages.vms[vm]!.size) };
  }

  /** Recounts the table, and holds it against the mapping tables: shared frames are known, by domain. */
  verify(): void {
    this.#table.verify();
    for (const { id, name, size } of this.#pages.vms) {
      for (let page = 0; page < size; page++) {
        if (this.#pages.kind(id, toGfn(page)) !== KIND_SHARED) continue;
        const domain = this.#table.domainOf(this.#pages.frame(id, toGfn(page)));
        if (domain !== this.#domains[id]) {
          throw new Error(
            `page ${page} of VM ${name} is shared in domain ${domain}, not ${this.#domains[id]!}`,
          );
        }
      }
    }
  }

  /** The background scan, up to now. */
  #wake(): number {
    for (const { id } of this.#pages.vms) {
      const due = this.#due[id]! + (this.#rates[id]! * WAKE_MS) / 1000;
      const whole = Math.floor(due);
      this.#due[id] = due - whole;
      for (let i = 0; i < whole; i++) this.#consider(id, this.#candidate(id));
    }
    return WAKE_MS;
  }

  #candidate(vm: VmId): Gfn {
    const { size } = this.#pages.vms[vm]!;
    if (this.#random !== undefined) return toGfn(this.#random[vm]!.below(size));
    const page = this.#cursors[vm]!;
    this.#cursors[vm] = page + 1 === size ? 0 : page + 1;
    return toGfn(page);
  }

  /** One candidate: share it, or leave a hint. */
  #consider(vm: VmId, page: Gfn): void {
    this.#tally.scanned++;
    this.#meter.spend('scanPage');
    if (this.#pages.kind(vm, page) !== KIND_MAPPED || this.#pages.pinned(vm, page)) return;
    const frame = this.#pages.frame(vm, page);
    this.#meter.spend('hashPage');
    const lo = this.#store.hashLo(frame);
    const hi = this.#store.hashHi(frame);
    const number = this.#numbers.bases[vm]! + page;
    if (this.#ineligible.size > 0 && this.#isIneligible(number, lo, hi)) return;
    const domain = this.#domains[vm]!;
    // Most pages are as the last scan left them.
    if (this.#table.hasHint(number, lo, hi, domain)) return;
    if (this.#pages.isLarge(vm, page)) {
      this.#hint(number, lo, hi, domain);
      return;
    }
    const keeper = this.#match(number, frame, lo, hi, domain);
    if (keeper >= 0) this.#merge(vm, page, number, keeper as Mfn);
    else if (keeper === NO_MATCH) this.#table.putHint(lo, hi, domain, number);
    else if (keeper === FALSE_MATCH) this.#refuse(number, lo, hi);
    else if (keeper === IN_LARGE_PAGE) this.#takeHint(number, lo, hi, domain);
  }

  /** A page in a large mapping leaves a hint, or waits where another has left one or is shared. */
  #hint(number: number, lo: number, hi: number, domain: number): void {
    const entry = this.#find(lo, hi, domain);
    if (entry < 0) this.#table.putHint(lo, hi, domain, number);
    else if (this.#table.isShared(entry) || this.#table.page(entry) !== number) this.#waiting.put(number);
  }

  /** A small page is the better hint of its content: the one in a large mapping waits for it from now on. */
  #takeHint(number: number, lo: number, hi: number, domain: number): void {
    const entry = this.#table.find(lo, hi, domain);
    this.#waiting.put(this.#table.page(entry));
    this.#table.drop(entry);
    this.#table.putHint(lo, hi, domain, number);
  }

  /** A shared frame of that very content, or NO_MATCH (what was stale is gone) or one of the others. */
  #match(number: number, frame: Mfn, lo: number, hi: number, domain: number): number {
    const entry = this.#find(lo, hi, domain);
    if (entry < 0) return NO_MATCH;
    if (!this.#table.isShared(entry)) return this.#matchHint(entry, number, frame, lo, hi);
    const keeper = this.#table.frame(entry);
    return this.#equal(frame, keeper) ? keeper : FALSE_MATCH;
  }

  /** The entry of a content, or one below 0. A frame that nobody shares any more is forgotten when it is looked for. */
  #find(lo: number, hi: number, domain: number): number {
    const entry = this.#table.find(lo, hi, domain);
    if (entry < 0 || !this.#table.isShared(entry) || this.#pages.isShared(this.#table.frame(entry)))
      return entry;
    this.#table.drop(entry);
    this.#tally.staleShared++;
    return NO_MATCH;
  }

  #matchHint(entry: number, number: number, frame: Mfn, lo: number, hi: number): number {
    const hinted = this.#table.page(entry);
    if (hinted === number) return OWN_HINT;
    const vm = this.#numbers.vmOf(hinted);
    const page = toGfn(hinted - this.#numbers.bases[vm]!);
    if (!this.#stillHolds(vm, page, lo, hi)) {
      this.#table.drop(entry);
      this.#tally.staleHints++;
      return NO_MATCH;
    }
    if (!this.#equal(frame, this.#pages.frame(vm, page))) return FALSE_MATCH;
    if (this.#pages.isLarge(vm, page)) return IN_LARGE_PAGE;
    const keeper = this.#pages.makeShared(vm, page);
    this.#table.promote(entry, keeper);
    return keeper;
  }

  /** True when the page is mapped and its content still has the hash of its hint: it is hashed again. */
  #stillHolds(vm: VmId, page: Gfn, lo: number, hi: number): boolean {
    if (this.#pages.kind(vm, page) !== KIND_MAPPED || this.#pages.pinned(vm, page)) return false;
    this.#meter.spend('hashPage');
    const frame = this.#pages.frame(vm, page);
    return this.#store.hashLo(frame) === lo && this.#store.hashHi(frame) === hi;
  }

  #merge(vm: VmId, page: Gfn, number: number, keeper: Mfn): void {
    this.#table.dropHintOf(number);
    this.#pages.merge(vm, page, keeper);
    this.#meter.spend('mergePage');
    this.#tally.merged++;
  }

  #equal(a: Mfn, b: Mfn): boolean {
    this.#meter.spend('comparePages');
    return this.#store.equal(a, b);
  }

  #refuse(number: number, lo: number, hi: number): void {
    this.#tally.falseMatches++;
    this.#table.dropHintOf(number);
    this.#ineligible.set(number, { lo, hi });
  }

  /** A false match makes the page ineligible (OSDI 2002, §4.2) until its content changes. */
  #isIneligible(number: number, lo: number, hi: number): boolean {
    const refused = this.#ineligible.get(number);
    if (refused === undefined) return false;
    if (refused.lo === lo && refused.hi === hi) return true;
    this.#ineligible.delete(number);
    return false;
  }

  /** Pages that reclaim may scan in this VM now: ShareRateMax a second, a second's worth at most. */
  #allow(vm: VmId, at: Nanoseconds): number {
    const { pages: left, sinceNs } = this.#allowance;
    const most = this.#fastest();
    left[vm] = Math.min(most, left[vm]! + ((at - sinceNs[vm]!) * most) / NS_PER_SECOND);
    sinceNs[vm] = at;
    return Math.floor(left[vm]);
  }

  #fastest(): number {
    return fastestScan(this.#options);
  }

  #paced(pagesPerSecond: number | undefined): readonly number[] {
    const sizes = this.#pages.vms.map((vm) => (sharingAllowed(vm) ? vm.size : 0));
    return scanRates({ ...this.#options, pagesPerSecond }, sizes);
  }
}

/** Without a salt of its own a VM may count as salted by its vc.uuid (KB 2091682): that is what 2 does as well. */
function saltMode({ salting, saltFallback }: Options): 0 | 1 | 2 {
  return salting === 1 && saltFallback === 'vc.uuid' ? 2 : salting;
}

/** sched.mem.pshare.enable of the VM. */
function sharingAllowed({ sharing }: VmFacts): boolean {
  return sharing !== false;
}
