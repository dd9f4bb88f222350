/** The host's cores, for which the work of reclaim competes with guests. */
import type { Vcpu } from './vcpu.ts';

/**
 * A fair share, simple on purpose. What the host does beside its guests (scans, page-outs, compressing ahead of need)
 * runs on a core that no guest uses; where none is left, the guests that run lose that time, each the same part of it.
 * Guests never wait for one another's cores: that would be the same under every mix.
 */
export class HostCores {
  readonly #cores: number;
  readonly #spentNs: () => number;
  readonly #vcpus: readonly Vcpu[];
  #beforeNs = 0;

  /** @param spentNs CPU time of the host for memory so far, over all accounts */
  constructor(cores: number, spentNs: () => number, vcpus: readonly Vcpu[]) {
    this.#cores = cores;
    this.#spentNs = spentNs;
    this.#vcpus = vcpus;
  }

  /** What is spent from now on, until `share`, is work beside guests. */
  begin(): void {
    this.#beforeNs = this.#spentNs();
  }

  /** Takes what was spent since `begin` from the guests that run at `nowNs`, where no core is left for it. */
  share(nowNs: number): void {
    const spentNs = this.#spentNs() - this.#beforeNs;
    if (spentNs <= 0) return;
    let running = 0;
    for (const vcpu of this.#vcpus) if (vcpu.runsAt(nowNs)) running++;
    if (running < this.#cores) return;
    const lostNs = Math.round(spentNs / running);
    for (const vcpu of this.#vcpus) if (vcpu.runsAt(nowNs)) vcpu.steal(lostNs, nowNs);
  }
}
