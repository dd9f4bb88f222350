import type { TouchLog } from '../pmap/touch-log.ts';
import type { PageOrder } from '../ports/page-service.ts';
import type { Gfn, VmId } from '../units/page.ts';

/** Pages of each VM in the order in which a log has them. */
export class LoggedOrder implements PageOrder {
  readonly #logs: readonly TouchLog[];

  constructor(logs: readonly TouchLog[]) {
    this.#logs = logs;
  }

  takeOldest(vm: VmId): number {
    return this.#logs[vm]!.takeOldest();
  }

  putNewest(vm: VmId, page: Gfn): void {
    this.#logs[vm]!.put(page);
  }
}
