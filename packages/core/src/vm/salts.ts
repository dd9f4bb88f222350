import type { SaltService } from '../ports/page-service.ts';
import type { VmId } from '../units/page.ts';

/** Salting of page sharing (VMware KB 2080735): equal domain numbers may share a frame. */
export class Salts implements SaltService {
  readonly #salts: readonly (string | undefined)[];
  #mode: 0 | 1 | 2 = 2;

  constructor(salts: readonly (string | undefined)[]) {
    this.#salts = salts;
  }

  setMode(mode: 0 | 1 | 2): void {
    this.#mode = mode;
  }

  domain(vm: VmId): number {
    const salt = this.#salts[vm];
    if (this.#mode === 0) return 0;
    if (salt === undefined && this.#mode === 1) return 0;
    // An empty salt counts as one that no other VM has.
    if (salt === undefined || salt === '') return this.#salts.length + 1 + vm;
    return 1 + this.#salts.indexOf(salt);
  }
}
