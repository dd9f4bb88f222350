import { ContractViolation } from '../contract/contract-violation.ts';
import type { FramePool } from '../frames/frame-pool.ts';
import { FRAME_OWN } from '../frames/frame-pool.ts';
import type { HostMemory } from './host-memory.ts';
import { FIRST_PLUGIN_KIND } from '../pmap/kinds.ts';
import type { FrameService } from '../ports/page-service.ts';
import { NO_FRAME } from '../ports/page-service.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { Gfn, Mfn, Nanoseconds, Pages, VmId } from '../units/page.ts';
import { toMfn, toNs, toPages } from '../units/page.ts';

/** One strategy's view of the frame pool: what it takes for itself is counted in its name. */
export class FrameAccount implements FrameService {
  readonly #pool: FramePool;
  readonly #memory: HostMemory;
  readonly #store: PageStore;
  readonly #owner: number;
  readonly #id: string;
  /** When what the strategy handed on last is written: the frames behind it are free, and usable from then on. */
  writtenAt: Nanoseconds = toNs(0);
  #own = 0;

  /** @param owner number of the strategy @param id its id */
  constructor(pool: FramePool, memory: HostMemory, store: PageStore, owner: number, id: string) {
    this.#pool = pool;
    this.#memory = memory;
    this.#store = store;
    this.#owner = owner;
    this.#id = id;
  }

  get free(): number {
    return this.#pool.free;
  }

  get total(): number {
    return this.#pool.total;
  }

  get own(): Pages {
    return toPages(this.#own - this.#pool.lent(this.#owner));
  }

  get readyAt(): Nanoseconds {
    return this.#memory.readyAt;
  }

  take(vm: VmId, at: Nanoseconds): Mfn | typeof NO_FRAME {
    return this.#memory.takeFaultFrame(vm, at) as Mfn | typeof NO_FRAME;
  }

  takeAhead(vm: VmId, page: Gfn): Mfn | typeof NO_FRAME {
    const { pmaps, supply } = this.#memory;
    const pmap = pmaps[vm]!;
    if (pmap.kind(page) < FIRST_PLUGIN_KIND || this.#memory.pinned(vm, page))
      throw new Error(`takeAhead: page ${page} of VM ${vm} is in no strategy's kind, or in a fault`);
    return supply.takeAhead(pmap, pmap.hostPage(page)) as Mfn | typeof NO_FRAME;
  }

  takeOwn(): Mfn | typeof NO_FRAME {
    const frame = this.#pool.takeOwn(this.#owner);
    if (frame < 0) return NO_FRAME;
    this.#own++;
    this.#store.zero(toMfn(frame));
    return toMfn(frame);
  }

  giveOwn(frame: Mfn): void {
    const isKept = this.#pool.isKept(frame);
    if (!isKept) this.#checkOwn(frame, 'to give back');
    if (isKept) this.#pool.letGo(frame);
    else this.#pool.give(frame, this.writtenAt);
    this.#own--;
  }

  keepShared(frame: Mfn): void {
    this.#checkOwn(frame, 'to keep');
    this.#pool.keep(frame);
  }

  #checkOwn(frame: Mfn, what: string): void {
    if (this.#pool.use(frame) !== FRAME_OWN || this.#pool.word(frame) !== this.#owner)
      throw new ContractViolation(
        this.#id,
        'frames are conserved',
        `frame ${frame} is not this strategy's own ${what}: ${this.#pool.describe(frame)}`,
      );
  }
}
