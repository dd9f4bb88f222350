import { type HostMemory } from '../memory/host-memory.ts';
import { KIND_BALLOONED } from '../pmap/kinds.ts';
import { BIT_IDLE } from '../pmap/vm-memory.ts';
import { type RandomStream } from '../ports/random.ts';
import { type TranslationService } from '../translate/translation.ts';
import { type Pages, type VmId, gfn, pages } from '../units/page.ts';

/** Pages sampled per period (Waldspurger, OSDI 2002, §5.3). */
export const SAMPLE_PAGES = 100;
/** Gains of the two moving averages: not published, fitted to the curves of OSDI 2002, figure 6. */
const SLOW_GAIN = 0.25;
const FAST_GAIN = 0.7;

interface Estimate {
  slow: number;
  fast: number;
  sample: number[];
  known: boolean;
}

/**
 * Statistical estimate of a VM's active memory (Waldspurger, OSDI 2002, §5.3): n random pages a period lose
 * their cached mappings; the part of them touched by the period's end, averaged slowly and fast, is the
 * active part; the larger average counts, so that it rises at once and falls slowly. Ballooned pages are not
 * sampled.
 */
export class ActiveSampler {
  readonly #memory: HostMemory;
  readonly #random: RandomStream;
  readonly #translation: TranslationService | undefined;
  readonly #estimates: Estimate[];

  constructor(memory: HostMemory, random: RandomStream, translation?: TranslationService) {
    this.#memory = memory;
    this.#random = random;
    this.#translation = translation;
    this.#estimates = memory.vms.map(() => ({ slow: 0, fast: 0, sample: [], known: false }));
  }

  /** Ends a period and begins the next, for all VMs. */
  turn(): void {
    for (const { id } of this.#memory.vms) {
      this.#conclude(id);
      this.#draw(id);
    }
  }

  /** Active pages of a VM; undefined before its first whole period. */
  active(vm: VmId): Pages | undefined {
    const estimate = this.#estimates[vm]!;
    if (!estimate.known) return undefined;
    const memory = this.#memory.memories[vm]!;
    const usable = memory.size - memory.counts[KIND_BALLOONED]!;
    return pages(Math.ceil(Math.max(estimate.slow, estimate.fast) * usable));
  }

  #conclude(vm: VmId): void {
    const estimate = this.#estimates[vm]!;
    if (estimate.sample.length === 0) return;
    const { bits } = this.#memory.memories[vm]!;
    const touched =
      estimate.sample.filter((page) => (bits[page]! & BIT_IDLE) === 0).length / estimate.sample.length;
    for (const page of estimate.sample) bits[page]! &= ~BIT_IDLE;
    if (estimate.known) {
      estimate.slow += SLOW_GAIN * (touched - estimate.slow);
      estimate.fast += FAST_GAIN * (touched - estimate.fast);
    } else {
      estimate.slow = touched;
      estimate.fast = touched;
      estimate.known = true;
    }
  }

  #draw(vm: VmId): void {
    const memory = this.#memory.memories[vm]!;
    const sample: number[] = [];
    for (let i = 0; i < SAMPLE_PAGES; i++) {
      const page = this.#random.below(memory.size);
      if (memory.kind(page) === KIND_BALLOONED || (memory.bits[page]! & BIT_IDLE) !== 0) continue;
      memory.bits[page]! |= BIT_IDLE;
      this.#translation?.invalidate(vm, gfn(page));
      sample.push(page);
    }
    this.#estimates[vm]!.sample = sample;
  }
}
