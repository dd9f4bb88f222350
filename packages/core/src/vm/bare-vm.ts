import type { HostMemory } from '../memory/host-memory.ts';
import type { ClockPort } from '../ports/clock.ts';
import { BLOCKED } from '../contract/strategy.ts';
import type { Gfn, Mfn, Nanoseconds } from '../units/page.ts';
import { PAGE_BYTES, toGfn, toNs } from '../units/page.ts';
import type { VmFacts } from '../ports/page-service.ts';
import { OverbookError } from '../units/errors.ts';

/** What a bare VM uses of its host. */
export interface BareVmHost {
  readonly memory: HostMemory;
  readonly clock: ClockPort;
  /** Lets so much time pass. */
  advance(milliseconds: number): void;
  /** Runs what is due. */
  settle(at: Nanoseconds): void;
}

/**
 * A VM without an operating system: its owner reads and writes guest pages directly. Enough to see a host at
 * work, to test a strategy, or to put something else than our guests on top.
 */
export class BareVm {
  readonly facts: VmFacts;
  readonly #host: BareVmHost;
  readonly #view: ((frame: number) => Uint8Array) | undefined;

  constructor(host: BareVmHost, facts: VmFacts, view: ((frame: number) => Uint8Array) | undefined) {
    this.#host = host;
    this.facts = facts;
    this.#view = view;
  }

  /**
   * Writes a page: `content` (at most 4096 bytes, or text in UTF-8), the rest zero. Time moves on to when the
   * write lands.
   * @throws OVB_GFN_RANGE, OVB_VM_OFF, OVB_NO_BYTES, OVB_BLOCKED
   */
  write(page: number, content: Uint8Array | string): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    this.#access(page, true, (frame) => this.#bytesOf(frame).fill(0).set(bytes.subarray(0, PAGE_BYTES)));
    this.#host.settle(this.#host.clock.now());
  }

  /** Reads a page: a copy of its 4096 bytes. Time moves on to when the read completes. @throws as write */
  read(page: number): Uint8Array {
    const copy = this.#access(page, false, (frame) => this.#bytesOf(frame).slice());
    this.#host.settle(this.#host.clock.now());
    return copy;
  }

  /** The access happens whole, before time moves on: until then nothing may move or share the page. */
  #access<T>(page: number, write: boolean, use: (frame: Mfn) => T): T {
    if (!Number.isInteger(page) || page < 0 || page >= this.facts.size) {
      throw new OverbookError(
        'OVB_GFN_RANGE',
        `vm ${this.facts.name}`,
        `page ${page} is outside this VM (0..${this.facts.size - 1})`,
        'Give a whole page number inside the VM, or make the VM larger.',
      );
    }
    const { memory, clock } = this.#host;
    if (memory.poweredOff.has(this.facts.id)) {
      throw new OverbookError(
        'OVB_VM_OFF',
        `vm ${this.facts.name}`,
        'it is powered off',
        `Power it on first: host.powerOn('${this.facts.name}').`,
      );
    }
    const gfn: Gfn = toGfn(page);
    for (let tries = 0; tries < 100; tries++) {
      const completion = memory.access(this.facts.id, gfn, write, clock.now());
      if (completion !== BLOCKED) {
        const got = use(memory.frame(this.facts.id, gfn));
        clock.advanceTo(completion);
        return got;
      }
      this.#host.advance(10);
    }
    throw new OverbookError(
      'OVB_BLOCKED',
      `vm ${this.facts.name}`,
      `page ${page} waited a virtual second for a frame and had none at ${toNs(clock.now())} ns`,
      'Give the host more memory, or a strategy that can always free a frame, such as hostswap.',
    );
  }

  #bytesOf(frame: Mfn): Uint8Array {
    if (this.#view !== undefined) return this.#view(frame);
    throw new OverbookError(
      'OVB_NO_BYTES',
      `vm ${this.facts.name}`,
      'this host keeps keys, not bytes',
      "Compose it with store: 'bytes'.",
    );
  }
}
