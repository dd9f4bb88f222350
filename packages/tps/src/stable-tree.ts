// hot
import type { Mfn, PageService, PageStore } from '@overbook/core';
import { toMfn } from '@overbook/core';
import { keySlot } from '@overbook/core/units';

const NONE = 0xffffffff;
const FIRST = 1024;

/** No stable page has that content. */
export const NOT_STABLE = -1;
/** The content is there and all its nodes are full. */
export const ALL_FULL = -2;

/** Limits of the tree, by KSM's names. */
export interface StableTreeLimits {
  readonly maxPageSharing: number;
  readonly pruneMs: number;
}

/**
 * KSM's stable tree: the shared frames, each a node with its sites (pages mapped to it). A content with more
 * than max_page_sharing pages has several nodes, dups, in a chain:
 *
 *   content ──► dup (256 sites) ──► dup (256) ──► dup (17)
 *
 * shared = number of nodes, sharing = Σ (sites − 1).
 *
 * The tree is not told when a page leaves a node (a write breaks the sharing): a site is given up when the
 * scanner next passes the page, a node when its frame is found to be shared no longer, as in Linux. A node
 * given up stays on record until the last of its sites has been passed.
 *
 * Linux keeps a red-black tree in the order of memcmp; this is a hash index over the 64-bit hash with
 * whole compares. Equal contents are found identically; costs are charged as for a tree.
 */
export class StableTree {
  readonly #pages: PageService;
  readonly #store: PageStore;
  readonly #limits: StableTreeLimits;
  /**
   * Contents: bucket heads, then by content its hash, first node, chain mark, last prune, next in its
   * bucket.
   */
  #heads = new Uint32Array(FIRST).fill(NONE);
  #lo = new Uint32Array(FIRST);
  #hi = new Uint32Array(FIRST);
  #firsts = new Uint32Array(FIRST);
  #isChain = new Uint8Array(FIRST);
  #prunedMs = new Float64Array(FIRST);
  #nextContent = new Uint32Array(FIRST);
  #contentsMade = 0;
  #contentFreed = NONE;
  /** Nodes: frame, sites, next dup, content (NONE once given up). */
  #frames = new Uint32Array(FIRST);
  #sites = new Uint32Array(FIRST);
  #nextDup = new Uint32Array(FIRST);
  #contentOf = new Uint32Array(FIRST);
  #nodesMade = 0;
  #nodeFreed = NONE;
  /** Node of each frame, by frame number. */
  readonly #nodeOf: Uint32Array;
  /** The node that #contentWith compared last. */
  #picked = NONE;
  /** Whole compares done, for the meter. */
  compares = 0;
  /** Contents in the tree. */
  size = 0;
  shared = 0;
  sharing = 0;
  chains = 0;
  dups = 0;

  constructor(pages: PageService, store: PageStore, frames: number, limits: StableTreeLimits) {
    this.#pages = pages;
    this.#store = store;
    this.#limits = limits;
    this.#nodeOf = new Uint32Array(frames).fill(NONE);
  }

  /** A node of the frame's content with room for one more site, else ALL_FULL or NOT_STABLE. */
  find(lo: number, hi: number, frame: Mfn, nowMs: number): number {
    const content = this.#contentWith(lo, hi, frame, nowMs);
    if (content < 0) return NOT_STABLE;
    return this.#hasRoom(this.#picked) ? this.#picked : ALL_FULL;
  }

  frame(node: number): Mfn {
    return toMfn(this.#frames[node]!);
  }

  /** True while pages are on the node's frame and the node was not given up. */
  isLive(node: number): boolean {
    const frame = this.#frames[node]!;
    return (
      this.#contentOf[node] !== NONE && this.#nodeOf[frame] === node && this.#pages.isShared(toMfn(frame))
    );
  }

  /** A new node for a frame that has just become shared; a dup where the content is there already. */
  insert(lo: number, hi: number, frame: Mfn, nowMs: number): number {
    // The frame may have carried a node before: that one is stale now that the frame is shared anew.
    this.forget(frame);
    let content = this.#contentWith(lo, hi, frame, nowMs);
    const node = this.#takeNode();
    if (content < 0) {
      content = this.#takeContent(lo, hi, nowMs);
      this.#nextDup[node] = NONE;
    } else {
      if (this.#isChain[content] === 0) {
        this.#isChain[content] = 1;
        this.chains++;
        this.dups++;
      }
      this.dups++;
      this.#nextDup[node] = this.#firsts[content]!;
    }
    this.#firsts[content] = node;
    this.#contentOf[node] = content;
    this.#frames[node] = frame;
    this.#sites[node] = 0;
    this.#nodeOf[frame] = node;
    return node;
  }

  /** The frame is now shared for another purpose than a node: a node on it is stale. */
  forget(frame: Mfn): void {
    this.#nodeOf[frame] = NONE;
  }

  /** A page was mapped to the node's frame. */
  addSite(node: number): void {
    if (this.#sites[node]!++ === 0) this.shared++;
    else this.sharing++;
  }

  /** The scanner found that a site's page left. */
  removeSite(node: number): void {
    if (this.#contentOf[node] !== NONE && !this.isLive(node)) this.#giveUp(node);
    const left = --this.#sites[node]!;
    if (this.#contentOf[node] === NONE) {
      if (left === 0) this.#freeNode(node);
    } else if (left > 0) {
      this.sharing--;
    } else {
      throw new Error(`frame ${this.#frames[node]!} is shared, but its node has no site left`);
    }
  }

  /** Recounts the tree; `siteCount` says how many items point at a node. @throws Error on drift */
  verify(siteCount: (node: number) => number): void {
    let [size, shared, sharing, chains, dups] = [0, 0, 0, 0, 0];
    for (const head of this.#heads) {
      for (let content = head; content !== NONE; content = this.#nextContent[content]!) {
        size++;
        let nodes = 0;
        for (let node = this.#firsts[content]!; node !== NONE; node = this.#nextDup[node]!) {
          nodes++;
          shared++;
          sharing += this.#sites[node]! - 1;
          if (siteCount(node) !== this.#sites[node])
            throw new Error(`node ${node} has ${this.#sites[node]!} sites, ${siteCount(node)} items`);
          if (this.#sites[node]! > this.#limits.maxPageSharing)
            throw new Error(`node ${node} is over max_page_sharing`);
        }
        if (this.#isChain[content] === 1) {
          chains++;
          dups += nodes;
        } else if (nodes !== 1) {
          throw new Error(`a content outside a chain has ${nodes} nodes`);
        }
      }
    }
    const counted = [size, shared, sharing, chains, dups].join(' ');
    const kept = [this.size, this.shared, this.sharing, this.chains, this.dups].join(' ');
    if (counted !== kept)
      throw new Error(`contents, shared, sharing, chains, dups: ${counted} counted, ${kept} kept`);
  }

  /** Contents in the fullest bucket: what a search walks past at most. O(contents). */
  fullestBucket(): number {
    let most = 0;
    for (const head of this.#heads) {
      let count = 0;
      for (let at = head; at !== NONE; at = this.#nextContent[at]!) count++;
      most = Math.max(most, count);
    }
    return most;
  }

  /** Node records ever made, in use or free: ids run below it. */
  get nodeIds(): number {
    return this.#nodesMade;
  }

  /**
   * The content equal to the frame's, with at least one live node, or -1; stale nodes met on the way are
   * given up.
   */
  #contentWith(lo: number, hi: number, frame: Mfn, nowMs: number): number {
    let at = this.#heads[keySlot(lo, hi, this.#heads.length - 1)]!;
    while (at !== NONE) {
      const content = at;
      at = this.#nextContent[content]!;
      if (this.#lo[content] !== lo || this.#hi[content] !== hi) continue;
      const node = this.#pick(content, nowMs);
      if (node < 0) continue;
      this.compares++;
      this.#picked = node;
      if (this.#store.equal(frame, toMfn(this.#frames[node]!))) return content;
    }
    return -1;
  }

  /**
   * The dup that the next page goes to (Linux stable_node_dup): the first with room; once in pruneMs all are
   * walked, and the fullest with room is taken. A full one when none has room, -1 when all were stale.
   */
  #pick(content: number, nowMs: number): number {
    const prune = this.#isChain[content] === 1 && nowMs >= this.#prunedMs[content]! + this.#limits.pruneMs;
    if (prune) this.#prunedMs[content] = nowMs;
    let found = -1;
    let next = this.#firsts[content]!;
    while (next !== NONE) {
      const node = next;
      next = this.#nextDup[node]!;
      if (!this.isLive(node)) {
        this.#giveUp(node);
        continue;
      }
      const room = this.#hasRoom(node);
      if (found < 0 || (room && (!this.#hasRoom(found) || this.#sites[node]! > this.#sites[found]!)))
        found = node;
      if (!prune && room) break;
    }
    if (found >= 0) this.#settle(content, found);
    return found;
  }

  /**
   * A chain of one dup is a chain no longer; else a dup with room for two goes to the front, where it is
   * found first.
   */
  #settle(content: number, found: number): void {
    const first = this.#firsts[content]!;
    if (this.#isChain[content] === 1 && first === found && this.#nextDup[found] === NONE) {
      this.#isChain[content] = 0;
      this.chains--;
      this.dups--;
    } else if (first !== found && this.#sites[found]! + 1 < this.#limits.maxPageSharing) {
      this.#unlinkDup(content, found);
      this.#nextDup[found] = this.#firsts[content]!;
      this.#firsts[content] = found;
    }
  }

  #hasRoom(node: number): boolean {
    return this.#sites[node]! < this.#limits.maxPageSharing;
  }

  /** The node's frame is shared no longer: the node and all its sites leave the counters. */
  #giveUp(node: number): void {
    const content = this.#contentOf[node]!;
    this.shared--;
    this.sharing -= this.#sites[node]! - 1;
    this.#unlinkDup(content, node);
    this.#contentOf[node] = NONE;
    if (this.#isChain[content] === 1) this.dups--;
    if (this.#firsts[content] === NONE) this.#dropContent(content);
  }

  #unlinkDup(content: number, node: number): void {
    let at = this.#firsts[content]!;
    if (at === node) {
      this.#firsts[content] = this.#nextDup[node]!;
      return;
    }
    while (this.#nextDup[at] !== node) at = this.#nextDup[at]!;
    this.#nextDup[at] = this.#nextDup[node]!;
  }

  /** Linux frees an empty chain when a search next meets it; here it goes at once. */
  #dropContent(content: number): void {
    if (this.#isChain[content] === 1) this.chains--;
    const bucket = this.#bucketOf(content);
    let at = this.#heads[bucket]!;
    if (at === content) {
      this.#heads[bucket] = this.#nextContent[content]!;
    } else {
      while (this.#nextContent[at] !== content) at = this.#nextContent[at]!;
      this.#nextContent[at] = this.#nextContent[content]!;
    }
    this.#nextContent[content] = this.#contentFreed;
    this.#contentFreed = content;
    this.size--;
  }

  #takeContent(lo: number, hi: number, nowMs: number): number {
    let content = this.#contentFreed;
    if (content === NONE) {
      if (this.#contentsMade === this.#lo.length) this.#growContents();
      content = this.#contentsMade++;
    } else {
      this.#contentFreed = this.#nextContent[content]!;
    }
    this.#lo[content] = lo;
    this.#hi[content] = hi;
    this.#firsts[content] = NONE;
    this.#isChain[content] = 0;
    this.#prunedMs[content] = nowMs;
    this.#linkContent(content);
    this.size++;
    return content;
  }

  #linkContent(content: number): void {
    const bucket = this.#bucketOf(content);
    this.#nextContent[content] = this.#heads[bucket]!;
    this.#heads[bucket] = content;
  }

  #bucketOf(content: number): number {
    return keySlot(this.#lo[content]!, this.#hi[content]!, this.#heads.length - 1);
  }

  #takeNode(): number {
    const node = this.#nodeFreed;
    if (node !== NONE) {
      this.#nodeFreed = this.#nextDup[node]!;
      return node;
    }
    if (this.#nodesMade === this.#frames.length) {
      this.#frames = doubled(this.#frames);
      this.#sites = doubled(this.#sites);
      this.#nextDup = doubled(this.#nextDup);
      this.#contentOf = doubled(this.#contentOf);
    }
    return this.#nodesMade++;
  }

  #freeNode(node: number): void {
    this.#nextDup[node] = this.#nodeFreed;
    this.#nodeFreed = node;
  }

  #growContents(): void {
    this.#lo = doubled(this.#lo);
    this.#hi = doubled(this.#hi);
    this.#firsts = doubled(this.#firsts);
    const chains = new Uint8Array(2 * this.#isChain.length);
    chains.set(this.#isChain);
    this.#isChain = chains;
    const pruned = new Float64Array(2 * this.#prunedMs.length);
    pruned.set(this.#prunedMs);
    this.#prunedMs = pruned;
    this.#nextContent = new Uint32Array(this.#lo.length);
    this.#heads = new Uint32Array(this.#lo.length).fill(NONE);
    // Free records do not exist when this is needed: all made so far are in use.
    for (let content = 0; content < this.#contentsMade; content++) this.#linkContent(content);
  }
}

function doubled(lane: Uint32Array): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(2 * lane.length);
  grown.set(lane);
  return grown;
}
