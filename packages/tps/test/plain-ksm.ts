/**
 * KSM's rules written out plainly, with arrays and objects, to hold the real thing against. Contents are
 * numbers; 0 is zero.
 */
interface Node {
  readonly content: number;
  /** Pages that belong to the node as far as the scanner knows. */
  sites: number;
}

interface Item {
  checksum: number | undefined;
  age: number;
  skips: number;
  place: 'loose' | 'unstable' | Node;
}

interface Page {
  /** Undefined: the page has no frame. */
  content: number | undefined;
  /** Where the page stands in truth. */
  on: 'own' | 'zero' | Node;
  item: Item | undefined;
}

interface Chain {
  content: number;
  dups: Node[];
  chained: boolean;
}

export interface PlainOptions {
  readonly max: number;
  readonly zero: boolean;
  readonly smart: boolean;
  readonly stableFirst: boolean;
  /** Every search walks all dups for the fullest with room. */
  readonly prune: boolean;
}

export class PlainKsm {
  readonly #options: PlainOptions;
  readonly pages: Page[];
  #stable: Chain[] = [];
  #unstable: { readonly page: number; readonly checksum: number }[] = [];
  #next = 0;
  #scans = 0;
  #scanned = 0;
  #skipped = 0;

  constructor(count: number, options: PlainOptions) {
    this.#options = options;
    this.pages = Array.from({ length: count }, () => ({ content: undefined, on: 'own', item: undefined }));
  }

  write(page: number, content: number): void {
    this.pages[page]!.content = content;
    this.pages[page]!.on = 'own';
  }

  discard(page: number): void {
    this.pages[page]!.content = undefined;
    this.pages[page]!.on = 'own';
  }

  batch(pagesToScan: number): void {
    if (this.#next === 0) this.#unstable = [];
    for (let left = pagesToScan; left > 0; left--) {
      const found = this.#advance();
      if (found < 0) {
        this.#next = 0;
        this.#scans++;
        return;
      }
      this.#scanned++;
      this.#visit(found);
    }
  }

  counters(): Readonly<Record<string, number>> {
    const nodes = this.#stable.flatMap((chain) => chain.dups);
    const items = this.pages.filter((page) => page.item !== undefined).length;
    const shared = nodes.length;
    const sharing = nodes.reduce((sum, node) => sum + node.sites - 1, 0);
    const unshared = this.pages.filter((page) => page.item?.place === 'unstable').length;
    const zero = this.pages.filter((page) => page.on === 'zero').length;
    return {
      pages_shared: shared,
      pages_sharing: sharing,
      pages_unshared: unshared,
      pages_volatile: Math.max(0, items - shared - sharing - unshared),
      ksm_zero_pages: zero,
      pages_skipped: this.#skipped,
      pages_scanned: this.#scanned,
      full_scans: this.#scans,
      stable_node_chains: this.#stable.filter((chain) => chain.chained).length,
      stable_node_dups: this.#stable.reduce((sum, { chained, dups }) => sum + (chained ? dups.length : 0), 0),
      rmap_items: items,
      general_profit: (sharing + zero) * 4096 - items * 64,
    };
  }

  #advance(): number {
    while (this.#next < this.pages.length) {
      const number = this.#next++;
      const page = this.pages[number]!;
      if (page.content === undefined || page.on === 'zero') {
        this.#leave(page);
        page.item = undefined;
        continue;
      }
      page.item ??= { checksum: undefined, age: 0, skips: 0, place: 'loose' };
      if (page.on === 'own' && this.#options.smart && this.#skip(page.item)) {
        this.#skipped++;
        this.#leave(page);
        continue;
      }
      return number;
    }
    return -1;
  }

  #skip(item: Item): boolean {
    const age = item.age++;
    if (age < 3) return false;
    if (item.skips === 0) {
      item.skips = age <= 3 ? 1 : age <= 5 ? 2 : age <= 8 ? 4 : 8;
      return false;
    }
    item.skips--;
    return true;
  }

  #visit(number: number): void {
    const page = this.pages[number]!;
    if (page.on !== 'own') return;
    this.#leave(page);
    if (this.#options.stableFirst && this.#joinStable(page)) return;
    if (page.item!.checksum !== page.content) {
      page.item!.checksum = page.content;
      return;
    }
    if (this.#options.zero && page.content === 0) {
      page.on = 'zero';
      return;
    }
    if (!this.#options.stableFirst && this.#joinStable(page)) return;
    const partner = this.#unstable.find(
      ({ page: other, checksum }) =>
        checksum === page.content &&
        this.pages[other]!.on === 'own' &&
        this.pages[other]!.content === checksum,
    );
    if (partner === undefined) {
      this.#unstable.unshift({ page: number, checksum: page.content! });
      page.item!.place = 'unstable';
      return;
    }
    this.#unstable = this.#unstable.filter((one) => one !== partner);
    const node: Node = { content: page.content!, sites: 2 };
    const chain = this.#pick(page.content!)?.chain;
    if (chain === undefined) this.#stable.push({ content: page.content!, dups: [node], chained: false });
    else {
      chain.dups.unshift(node);
      chain.chained = true;
    }
    for (const site of [page, this.pages[partner.page]!]) {
      site.on = node;
      site.item!.place = node;
    }
  }

  #joinStable(page: Page): boolean {
    const picked = this.#pick(page.content!);
    if (picked === undefined || picked.node.sites >= this.#options.max) return false;
    picked.node.sites++;
    page.on = picked.node;
    page.item!.place = picked.node;
    return true;
  }

  #pick(content: number): { readonly chain: Chain; readonly node: Node } | undefined {
    const chain = this.#stable.find((one) => one.content === content);
    if (chain === undefined) return undefined;
    const { max, prune } = this.#options;
    let found: Node | undefined;
    for (const node of chain.dups.slice()) {
      if (!this.pages.some((page) => page.on === node)) {
        this.#giveUp(node);
        continue;
      }
      const room = node.sites < max;
      if (found === undefined || (room && (found.sites >= max || node.sites > found.sites))) found = node;
      if (room && !(prune && chain.chained)) break;
    }
    if (found === undefined) return undefined;
    if (chain.dups.length === 1) chain.chained = false;
    else if (found.sites + 1 < max) chain.dups = [found, ...chain.dups.filter((node) => node !== found)];
    return { chain, node: found };
  }

  #leave(page: Page): void {
    const place = page.item?.place;
    if (place === undefined) return;
    page.item!.place = 'loose';
    if (place === 'loose' || place === 'unstable') return;
    if (!this.pages.some((other) => other.on === place)) this.#giveUp(place);
    place.sites--;
  }

  /** Nobody stands on the node any more: it leaves the tree with all its sites. */
  #giveUp(node: Node): void {
    for (const chain of this.#stable) chain.dups = chain.dups.filter((one) => one !== node);
    this.#stable = this.#stable.filter((chain) => chain.dups.length > 0);
  }
}
