import type { GuestDrivers, GuestService } from '../ports/guest-drivers.ts';
import type { VmFacts } from '../ports/page-service.ts';
import type { VmId } from '../units/page.ts';
import { toGfn } from '../units/page.ts';
import { ContractViolation } from '../contract/contract-violation.ts';
import type { HostMemory } from './host-memory.ts';

/**
 * Marks of a page that a guest gave up: the asker's number + 1, whether it was unplugged, whether it is told just now.
 */
const OWNER = 0x3f;
const UNPLUGGED = 0x40;
const TOLD_NOW = 0x80;

/**
 * What guests gave up, to whom, and have not got back. It holds guests to their word: each page is given once, to one
 * strategy, and goes back through the same one. A byte a page, for VMs that gave something.
 */
export class GuestLedger {
  readonly #memory: HostMemory;
  readonly #drivers: GuestDrivers;
  readonly #askers: string[] = [];
  readonly #marks: (Uint8Array | undefined)[] = [];

  constructor(memory: HostMemory, drivers: GuestDrivers) {
    this.#memory = memory;
    this.#drivers = drivers;
  }

  /** The guests as one strategy or policy sees them. */
  serviceFor(asker: string): GuestService {
    const drivers = this.#drivers;
    const mark = this.#askers.push(asker);
    if (mark > OWNER) throw new Error(`more than ${OWNER} plugins ask guests for pages`);
    return {
      hasDriver: (vm) => drivers.hasDriver(vm),
      statistics: (vm) => drivers.statistics(vm),
      reportFree: (vm, count, into, order) => {
        this.#checkCount(vm, count);
        return drivers.reportFree(vm, count, into, order);
      },
      inflate: (vm, count, into) => {
        this.#checkCount(vm, count);
        const given = drivers.inflate(vm, count, into, asker);
        this.#gave(vm, mark, into, { given, asked: count, order: 0 });
        return given;
      },
      deflate: (vm, count, into) => {
        this.#checkCount(vm, count);
        const taken = drivers.deflate(vm, count, into, asker);
        this.#back(vm, mark, into, { taken, asked: count });
        return taken;
      },
      deflatePages: (vm, pages, into) => {
        const taken = drivers.deflatePages?.(vm, pages, into, asker) ?? 0;
        this.#back(vm, mark, into, { taken, asked: pages.length });
        return taken;
      },
      unplug: (vm, order, blocks, into) => {
        this.#checkCount(vm, blocks);
        const given = drivers.unplug?.(vm, order, blocks, into, asker) ?? 0;
        this.#gave(vm, mark | UNPLUGGED, into, { given, asked: blocks, order });
        return given;
      },
      plug: (vm, order, first) => {
        const marks = this.#marks[vm];
        const pages = 2 ** order;
        for (let page: number = first; page < first + pages; page++) {
          if (marks?.[page] === (mark | UNPLUGGED)) continue;
          throw new Error(
            `VM ${this.#facts(vm).name}: page ${page} was not unplugged by '${asker}', which plugs it`,
          );
        }
        if (drivers.plug?.(vm, order, first, asker) !== true) return false;
        marks!.fill(0, first, first + pages);
        return true;
      },
    };
  }

  /** The VM is powered off: its guest gave nothing yet. */
  forget(vm: VmId): void {
    this.#marks[vm] = undefined;
  }

  /**
   * Pages in kinds of the role `unplugged` are those that their owners' blocks hold, no others. O(pages of VMs that
   * gave something). @throws ContractViolation naming the strategy
   */
  verify(kinds: {
    readonly away: readonly number[];
    readonly names: readonly string[];
    owner(kind: number): string;
  }): void {
    for (const { id, size, name } of this.#memory.vms) {
      const { counts } = this.#memory.pmaps[id]!;
      const unplugged = kinds.away.filter((kind) => kinds.owner(kind) !== 'core' && counts[kind]! > 0);
      if (unplugged.length === 0) continue;
      for (let page = 0; page < size; page++) {
        const kind = this.#memory.kind(id, toGfn(page));
        if (!unplugged.includes(kind)) continue;
        const owner = kinds.owner(kind);
        const mark = this.#marks[id]?.[page] ?? 0;
        if ((mark & UNPLUGGED) !== 0 && this.#askers[(mark & OWNER) - 1] === owner) continue;
        throw new ContractViolation(
          owner,
          'unplugged pages are those that the guest unplugged for it',
          `page ${page} of VM ${name} is ${kinds.names[kind]!}, but its guest has it`,
        );
      }
    }
  }

  /** Half a page is the fault of who asks for it, not of the driver that answers. @throws Error */
  #checkCount(vm: VmId, count: number): void {
    if (Number.isInteger(count) && count >= 0) return;
    throw new Error(`VM ${this.#facts(vm).name} is asked for ${count}: not a whole number from 0`);
  }

  /** Takes down what a guest gave. @throws Error for what is not the guest's to give */
  #gave(
    vm: VmId,
    mark: number,
    into: Uint32Array,
    { given, asked, order }: { readonly given: number; readonly asked: number; readonly order: number },
  ): void {
    const { name, size } = this.#facts(vm);
    if (given > asked) throw new Error(`VM ${name}: its driver gave ${given} when asked for ${asked}`);
    if (given <= 0) return;
    const marks = (this.#marks[vm] ??= new Uint8Array(size));
    const pages = 2 ** order;
    for (let i = 0; i < given; i++) {
      const first = into[i]!;
      if (first % pages !== 0)
        throw new Error(`VM ${name}: its driver gave block ${first}, not aligned to ${pages} pages`);
      for (let page = first; page < first + pages; page++) {
        if (page < size && this.#isGuests(vm, page, marks[page]!)) marks[page] = mark | TOLD_NOW;
        else throw new Error(`VM ${name}: its driver gave page ${page}, which is not the guest's to give`);
      }
    }
    for (let i = 0; i < given; i++)
      for (let page = into[i]!; page < into[i]! + pages; page++) marks[page] = mark;
  }

  /** A guest that was reset has no balloon any more: what it touched again is its own. */
  #isGuests(vm: VmId, page: number, mark: number): boolean {
    return (
      mark === 0 || ((mark & TOLD_NOW) === 0 && !this.#memory.isAway(this.#memory.kind(vm, toGfn(page))))
    );
  }

  /** Takes down what a guest took back. @throws Error for a page that it did not give to this asker */
  #back(
    vm: VmId,
    mark: number,
    into: Uint32Array,
    { taken, asked }: { readonly taken: number; readonly asked: number },
  ): void {
    const { name } = this.#facts(vm);
    if (taken > asked) throw new Error(`VM ${name}: its driver took ${taken} pages back of ${asked}`);
    const marks = this.#marks[vm];
    for (let i = 0; i < taken; i++) {
      const page = into[i]!;
      if (marks?.[page] !== mark)
        throw new Error(
          `VM ${name}: its driver took page ${page} back, which '${this.#askers[mark - 1]!}' does not hold`,
        );
      marks[page] = 0;
    }
  }

  #facts(vm: VmId): VmFacts {
    return this.#memory.vms[vm]!;
  }
}
