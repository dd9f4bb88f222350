import type { TouchLog } from '../pmap/touch-log.ts';
import { KIND_MAPPED, KIND_SHARED } from '../pmap/kinds.ts';
import type { PageOrder, PageService } from '../ports/page-service.ts';
import type { Gfn, VmId } from '../units/page.ts';
import { toGfn } from '../units/page.ts';

type Table = Pick<
  PageService,
  'kind' | 'count' | 'frame' | 'references' | 'lastOnShared' | 'pinned' | 'unshare'
>;

/** Pages of each VM in the order in which a log has them. */
export class LoggedOrder implements PageOrder {
  readonly #logs: readonly TouchLog[];
  readonly #table: Table;

  constructor(logs: readonly TouchLog[], table: Table) {
    this.#logs = logs;
    this.#table = table;
  }

  takeOldest(vm: VmId, shared = false): number {
    const log = this.#logs[vm]!;
    const table = this.#table;
    const some = table.count(vm, KIND_MAPPED) > 0 || table.lastOnShared() > 0;
    if (!some && !shared) return -1;
    for (let left = some ? table.count(vm, KIND_SHARED) : 0; ; left--) {
      const page = log.takeOldest();
      if (page < 0 || this.#ownsFrame(vm, toGfn(page))) return page;
      // Once round: this is the oldest again.
      if (left === 0 && shared) return page;
      log.put(page);
      if (left === 0) return -1;
    }
  }

  putNewest(vm: VmId, page: Gfn): void {
    this.#logs[vm]!.put(page);
  }

  /** True for a private page; the last page on a shared frame becomes one. */
  #ownsFrame(vm: VmId, page: Gfn): boolean {
    const table = this.#table;
    if (table.kind(vm, page) !== KIND_SHARED) return true;
    if (table.references(table.frame(vm, page)) > 1 || table.pinned(vm, page)) return false;
    table.unshare(vm, page);
    // Becoming private put it into the order again; the caller has it now.
    this.#logs[vm]!.remove(page);
    return true;
  }
}
