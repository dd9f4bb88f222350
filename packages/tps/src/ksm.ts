import type {
  Clock,
  CostOp,
  Gfn,
  Meter,
  Mfn,
  PageService,
  PageStore,
  Resolved,
  Strategy,
  VmId,
} from '@overbook/core';
import {
  FILL_ZERO,
  KIND_MAPPED,
  KIND_SHARED,
  LARGE_PAGE_PAGES,
  NS_PER_MS,
  PAGE_BYTES,
  toGfn,
} from '@overbook/core';
import type { Subscription } from 'rxjs';
import type { output } from 'zod';

import { ITEM_NONE, ITEM_STABLE, ITEM_UNSTABLE, KsmItems } from './ksm-items.ts';
import type { KsmKernel } from './ksm-kernel.ts';
import { ksmKernel } from './ksm-kernel.ts';
import type { needs } from './needs.ts';
import type { ksmOptions } from './options.ts';
import { PageNumbers } from './page-numbers.ts';
import { repeat } from './repeat.ts';
import { StableTree } from './stable-tree.ts';
import type { ksmTunable } from './tunable.ts';
import { UnstableTree } from './unstable-tree.ts';
import { ZeroFrame } from './zero-frame.ts';

type Deps = Resolved<typeof needs>;
type Options = output<typeof ksmOptions>;

/** Size of Linux's item of a page on x86-64 (struct ksm_rmap_item). */
const ITEM_BYTES = 64;

/** ksmd that sleeps for no time and found nothing to do looks again after this. Chosen: time must not stand still. */
const IDLE_PAUSE_MS = 1;

/** Rules that the kernel never switches off; a test does, to show that they matter. */
export interface KsmRules {
  /** A page is considered only when two visits in a row found the same checksum. */
  readonly twoVisits: boolean;
  /** The unstable tree is emptied when a scan begins. */
  readonly resetUnstable: boolean;
}

const KERNEL_RULES: KsmRules = { twoVisits: true, resetUnstable: true };

/**
 * Linux's kernel same-page merging (mm/ksm.c): ksmd visits the pages of all VMs in turn. A page that did not
 * change between two visits is looked up in the stable tree (frames that are shared already), then in the
 * unstable tree (pages that wait for a partner), and otherwise waits there itself until the scan ends.
 * Counters have KSM's names and meanings and are read from the trees: a broken sharing shows when ksmd next
 * passes the page, not before.
 *
 * All guest memory takes part (QEMU marks it MADV_MERGEABLE), but that of VMs whose sharing is off (QEMU's
 * mem-merge=off), whatever their salts: KSM knows none.
 */
export class Ksm implements Strategy {
  readonly #pages: PageService;
  readonly #store: PageStore;
  readonly #clock: Clock;
  readonly #meter: Meter;
  readonly #options: Options;
  readonly #kernel: KsmKernel;
  readonly #rules: KsmRules;
  readonly #knobs: { run: 0 | 1 | 2; pagesToScan: number; sleepMs: number };
  readonly #numbers: PageNumbers;
  readonly #items: KsmItems;
  readonly #stable: StableTree;
  readonly #unstable = new UnstableTree();
  /** Pages that KSM itself maps to the zero page (use_zero_pages). */
  readonly #zero: ZeroFrame;
  /** Pages that splits of huge pages map there: KSM does not count them. Linux has one zero page for both. */
  readonly #splitZero: ZeroFrame;
  /** First pages of regions that a merge has split, of which the host will tell. */
  readonly #ownSplits = new Set<number>();
  /** Next page: its number, its VM's index, its gfn. */
  readonly #next = { number: 0, vm: 0, gfn: 0 };
  /** The page that #advance found. */
  readonly #found = { number: 0, vm: 0 as VmId, gfn: 0 as Gfn };
  #fullScans = 0;
  #scanned = 0;
  #skipped = 0;
  /** CPU time of the batch: ksmd sleeps after its work, so work delays the next batch. */
  #workNs = 0;

  /** @param rules for tests: the kernel's unless one is taken away on purpose */
  constructor(deps: Deps, options: Options, rules: KsmRules = KERNEL_RULES) {
    this.#pages = deps.pages;
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#meter = deps.meter;
    const kernel = ksmKernel(options.kernel);
    this.#options = options;
    this.#kernel = {
      ...kernel,
      stableFirst: options.stableFirst ?? kernel.stableFirst,
      smartScan: options.smart_scan ?? kernel.smartScan,
    };
    this.#rules = rules;
    this.#zero = new ZeroFrame(deps.pages);
    this.#splitZero = new ZeroFrame(deps.pages);
    this.#knobs = {
      run: options.run,
      pagesToScan: options.pages_to_scan,
      sleepMs: options.sleep_millisecs,
    };
    this.#numbers = new PageNumbers(deps.pages.vms);
    this.#items = new KsmItems(this.#numbers.total);
    this.#stable = new StableTree(deps.pages, deps.store, deps.frames.total, {
      maxPageSharing: options.max_page_sharing,
      pruneMs: options.stable_node_chains_prune_millisecs,
    });
    deps.salts.setMode(0);
  }

  start(): Subscription {
    return repeat(this.#clock, this.#knobs.sleepMs, () => this.#wake());
  }

  /** A policy may change run, pages_to_scan, sleep_millisecs. What run 2 unmerges goes when ksmd next wakes. */
  tune(given: output<typeof ksmTunable>): void {
    this.#knobs.run = given.run ?? this.#knobs.run;
    this.#knobs.pagesToScan = given.pages_to_scan ?? this.#knobs.pagesToScan;
    this.#knobs.sleepMs = given.sleep_millisecs ?? this.#knobs.sleepMs;
  }

  /** A mapping that others broke is a split like any other. */
  largePageBroken(vm: VmId, first: Gfn): void {
    if (this.#ownSplits.delete(this.#numbers.bases[vm]! + first)) return;
    if (this.#kernel.splitsToZeroPage && this.#pages.vms[vm]!.sharing !== false) this.#mapZeros(vm, first);
  }

  /** The process is gone, and its items with it (__ksm_exit). */
  poweredOff(vm: VmId): void {
    const first = this.#numbers.bases[vm]!;
    const end = first + this.#pages.vms[vm]!.size;
    this.#unstable.removePages(first, end);
    for (let number = first; number < end; number++) {
      if (this.#items.state(number) === ITEM_NONE) continue;
      this.#leaveTrees(number);
      this.#items.remove(number);
    }
  }

  /** What /sys/kernel/mm/ksm would show, under its names. */
  counters(): Readonly<Record<string, number>> {
    const { shared, sharing, chains, dups } = this.#stable;
    const { count, unstable } = this.#items;
    const zeroPages = this.#zero.count;
    return {
      pages_shared: shared,
      pages_sharing: sharing,
      pages_unshared: unstable,
      pages_volatile: Math.max(0, count - shared - sharing - unstable),
      ksm_zero_pages: zeroPages,
      pages_skipped: this.#skipped,
      pages_scanned: this.#scanned,
      full_scans: this.#fullScans,
      stable_node_chains: chains,
      stable_node_dups: dups,
      rmap_items: count,
      general_profit: (sharing + zeroPages) * PAGE_BYTES - count * ITEM_BYTES,
    };
  }

  /** Recounts items and trees; every shared page must be a site of its frame's node. */
  verify(): void {
    this.#items.verify();
    const sites = new Uint32Array(this.#stable.nodeIds);
    for (const { id, name, size } of this.#pages.vms) {
      for (let page = 0; page < size; page++) {
        const number = this.#numbers.bases[id]! + page;
        const isStable = this.#items.state(number) === ITEM_STABLE;
        if (isStable) sites[this.#items.node(number)]!++;
        if (this.#pages.kind(id, toGfn(page)) !== KIND_SHARED) continue;
        const frame = this.#pages.frame(id, toGfn(page));
        if (this.#zero.is(frame) || this.#splitZero.is(frame)) continue;
        if (!isStable || this.#stable.frame(this.#items.node(number)) !== frame) {
          throw new Error(`page ${page} of VM ${name} is shared but no site of its frame's node`);
        }
      }
    }
    this.#stable.verify((node) => sites[node]!);
  }

  #wake(): number {
    this.#workNs = 0;
    if (this.#knobs.run === 1) this.#batch();
    else if (this.#knobs.run === 2) this.#unmerge();
    const { sleepMs } = this.#knobs;
    return this.#workNs > 0 ? sleepMs + this.#workNs / NS_PER_MS : Math.max(sleepMs, IDLE_PAUSE_MS);
  }

  /** Up to pages_to_scan pages; a batch ends with the scan it is in. */
  #batch(): void {
    if (this.#next.number === 0 && this.#rules.resetUnstable) this.#unstable.reset();
    for (let left = this.#knobs.pagesToScan; left > 0; left--) {
      if (!this.#advance()) {
        this.#rewind();
        this.#fullScans++;
        return;
      }
      this.#scanned++;
      this.#visit();
    }
  }

  /**
   * Finds the next page to visit; pages without a frame of their own lose their item on the way.
   * @returns false at the end of the scan
   */
  #advance(): boolean {
    const next = this.#next;
    const { vms } = this.#pages;
    for (; next.vm < vms.length; next.vm++, next.gfn = 0) {
      const { id, size } = vms[next.vm]!;
      while (next.gfn < size) {
        const page = toGfn(next.gfn++);
        const number = next.number++;
        if (this.#isOurs(id, page)) {
          this.#spend('scanPage');
          this.#items.ensure(number);
          if (this.#pages.pinned(id, page) || this.#skips(id, page, number)) continue;
          this.#found.vm = id;
          this.#found.gfn = page;
          this.#found.number = number;
          return true;
        }
        if (this.#items.state(number) !== ITEM_NONE) {
          this.#leaveTrees(number);
          this.#items.remove(number);
        }
      }
    }
    return false;
  }

  /** A page with a frame that KSM looks at: private, or shared by KSM, but not mapped to the zero frame. */
  #isOurs(vm: VmId, page: Gfn): boolean {
    if (this.#pages.vms[vm]!.sharing === false) return false;
    const kind = this.#pages.kind(vm, page);
    if (kind !== KIND_SHARED) return kind === KIND_MAPPED;
    const frame = this.#pages.payload(vm, page);
    return !this.#zero.is(frame) && !this.#splitZero.is(frame);
  }

  /** smart_scan: a page that is not shared and is skipped also leaves the unstable tree. */
  #skips(vm: VmId, page: Gfn, number: number): boolean {
    if (!this.#kernel.smartScan || this.#pages.kind(vm, page) === KIND_SHARED) return false;
    if (!this.#items.skip(number)) return false;
    this.#skipped++;
    this.#leaveTrees(number);
    return true;
  }

  /** One page (cmp_and_merge_page). */
  #visit(): void {
    const { vm, gfn: page, number } = this.#found;
    if (this.#pages.kind(vm, page) === KIND_SHARED) return;
    // Broken by a write since the last visit, or left over from the last scan's unstable tree.
    this.#leaveTrees(number);
    const frame = this.#pages.frame(vm, page);
    // The checksum that tells a changed page is Linux's of 32 bits; the trees are searched by the whole hash.
    const lo = this.#store.hashLo(frame);
    const hi = this.#store.hashHi(frame);
    const { stableFirst } = this.#kernel;
    if (stableFirst && this.#mergeStable(vm, page, number, frame, lo, hi)) return;
    this.#spend('hashPage');
    const unchanged = this.#items.unchanged(number, lo);
    if (!unchanged && this.#rules.twoVisits) return;
    if (this.#mergeZero(vm, page, frame)) return;
    if (!stableFirst && this.#mergeStable(vm, page, number, frame, lo, hi)) return;
    this.#mergeUnstable(vm, page, number, frame, lo, hi);
  }

  #mergeStable(vm: VmId, page: Gfn, number: number, frame: Mfn, lo: number, hi: number): boolean {
    this.#spendSearch(this.#stable.size);
    const node = this.#stable.find(lo, hi, frame, this.#nowMs());
    this.#spendCompares();
    if (node < 0) return false;
    if (this.#splitTakes(vm, page)) return true;
    this.#pages.merge(vm, page, this.#stable.frame(node));
    this.#spend('mergePage');
    this.#stable.addSite(node);
    this.#items.toStable(number, node);
    return true;
  }

  /** use_zero_pages. */
  #mergeZero(vm: VmId, page: Gfn, frame: Mfn): boolean {
    if (!this.#options.use_zero_pages || this.#store.fill(frame) !== FILL_ZERO) return false;
    this.#spend('comparePages');
    if (!this.#splitTakes(vm, page)) this.#toZero(this.#zero, vm, page);
    return true;
  }

  #toZero(zero: ZeroFrame, vm: VmId, page: Gfn): void {
    const became = zero.map(vm, page);
    if (became !== -1) this.#stable.forget(became);
    this.#spend('mergePage');
  }

  /** Merges with an equal page of the unstable tree: a new stable node. Else the page waits there. */
  #mergeUnstable(vm: VmId, page: Gfn, number: number, frame: Mfn, lo: number, hi: number): void {
    this.#spendSearch(this.#unstable.size);
    for (let at = this.#unstable.first(lo, hi); at >= 0; at = this.#unstable.after(at, lo, hi)) {
      const partner = this.#unstable.page(at);
      if (partner === number) return; // only in a tree that was not reset: a page is no partner of itself
      const partnerVm = this.#numbers.vmOf(partner);
      const partnerPage = toGfn(partner - this.#numbers.bases[partnerVm]!);
      if (!this.#holds(partnerVm, partnerPage, frame)) continue;
      if (this.#splitTakes(vm, page) || this.#splitTakes(partnerVm, partnerPage)) return;
      this.#unstable.remove(at);
      this.#leaveTrees(partner);
      this.#makeNode(vm, page, number, lo, hi);
      const node = this.#items.node(number);
      this.#pages.merge(partnerVm, partnerPage, this.#stable.frame(node));
      this.#spend('mergePage');
      this.#stable.addSite(node);
      this.#items.toStable(partner, node);
      return;
    }
    this.#unstable.insert(number, lo, hi);
    this.#items.toUnstable(number);
  }

  /**
   * A huge page is split before one of its pages is merged. Where a split maps pages of zeros to the zero page, a page
   * that was to be merged may be one of them.
   * @returns true when it was: it has left KSM
   */
  #splitTakes(vm: VmId, page: Gfn): boolean {
    if (!this.#kernel.splitsToZeroPage || !this.#pages.isLarge(vm, page)) return false;
    const first = toGfn(page - (page % LARGE_PAGE_PAGES));
    this.#ownSplits.add(this.#numbers.bases[vm]! + first);
    this.#mapZeros(vm, first);
    return this.#pages.kind(vm, page) === KIND_SHARED;
  }

  /** Maps the pages of zeros among the 512 from `first` on to the zero page. Their items go when ksmd passes them. */
  #mapZeros(vm: VmId, first: Gfn): void {
    this.#spend('scanPage', LARGE_PAGE_PAGES);
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) {
      const page = toGfn(first + i);
      if (this.#pages.kind(vm, page) !== KIND_MAPPED || this.#pages.pinned(vm, page)) continue;
      if (this.#store.fill(this.#pages.frame(vm, page)) === FILL_ZERO)
        this.#toZero(this.#splitZero, vm, page);
    }
  }

  /**
   * run 2: every merged page gets a frame of its own again, and KSM forgets all pages
   * (unmerge_and_remove_all_rmap_items). Where no frame can be had it stops half-way with run 0, as the kernel does
   * when out of memory.
   */
  #unmerge(): void {
    for (const { id, size } of this.#pages.vms) {
      for (let page = 0; page < size; page++) {
        const number = this.#numbers.bases[id]! + page;
        if (!this.#unmergePage(id, toGfn(page), number)) {
          this.#knobs.run = 0;
          return;
        }
        if (this.#items.state(number) === ITEM_NONE) continue;
        this.#leaveTrees(number);
        this.#items.remove(number);
      }
    }
    this.#unstable.reset();
    this.#rewind();
    this.#fullScans = 0;
  }

  /** @returns false when it needs a frame and gets none */
  #unmergePage(vm: VmId, page: Gfn, number: number): boolean {
    if (this.#pages.kind(vm, page) !== KIND_SHARED) return true;
    const isZero = this.#zero.is(this.#pages.frame(vm, page));
    if (isZero ? !this.#kernel.unmergesZeroPages : this.#items.state(number) !== ITEM_STABLE) return true;
    this.#spend('copyPage');
    return this.#pages.makePrivate(vm, page, this.#clock.now());
  }

  #rewind(): void {
    this.#next.number = 0;
    this.#next.vm = 0;
    this.#next.gfn = 0;
  }

  /** True when the page has a frame of its own, not pinned, that holds now what `frame` holds. */
  #holds(vm: VmId, page: Gfn, frame: Mfn): boolean {
    if (this.#pages.kind(vm, page) !== KIND_MAPPED || this.#pages.pinned(vm, page)) return false;
    this.#spend('comparePages');
    return this.#store.equal(frame, this.#pages.frame(vm, page));
  }

  #makeNode(vm: VmId, page: Gfn, number: number, lo: number, hi: number): void {
    const shared = this.#pages.makeShared(vm, page);
    this.#zero.forget(shared);
    this.#splitZero.forget(shared);
    this.#spend('mergePage');
    const node = this.#stable.insert(lo, hi, shared, this.#nowMs());
    this.#spendSearch(this.#stable.size);
    this.#spendCompares();
    this.#stable.addSite(node);
    this.#items.toStable(number, node);
  }

  #leaveTrees(number: number): void {
    const state = this.#items.state(number);
    if (state === ITEM_STABLE) this.#stable.removeSite(this.#items.node(number));
    if (state === ITEM_STABLE || state === ITEM_UNSTABLE) this.#items.toLoose(number);
  }

  /** A search goes down a tree: one step a level. */
  #spendSearch(size: number): void {
    if (size > 0) this.#spend('treeStep', Math.ceil(Math.log2(size + 1)));
  }

  #spendCompares(): void {
    if (this.#stable.compares > 0) this.#spend('comparePages', this.#stable.compares);
    this.#stable.compares = 0;
  }

  #spend(op: CostOp, count = 1): void {
    this.#workNs += this.#meter.spend(op, count);
  }

  #nowMs(): number {
    return this.#clock.now() / NS_PER_MS;
  }
}
