/** Linux vm.swappiness, by default: what a page read from swap costs against one read from a file, 60 : 140. */
const SWAPPINESS = 60;
const SCALE = 200;

/**
 * Which lists reclaim should press (mm/vmscan.c, get_scan_count, and mm/swap.c, lru_note_cost, of Linux 6.1): the kind
 * whose pages had to come back is pressed less. Costs fade: they are halved once they exceed a quarter of the lists.
 */
export class ReclaimBalance {
  #anon = 0;
  #file = 0;
  /** File pages came back since the last look: the cache is no mere rest of use-once reads. */
  #refaulted = false;

  /** Pages of a kind came back, or had to be written out. @param listed pages on all lists */
  note(kind: 'anon' | 'file', listed: number): void {
    if (kind === 'anon') this.#anon++;
    else this.#file++;
    if (this.#anon + this.#file <= listed / 4) return;
    this.#anon /= 2;
    this.#file /= 2;
  }

  refault(): void {
    this.#refaulted = true;
  }

  /** Part of the pressure that anonymous pages get, 0..1. */
  get anonPart(): number {
    const total = this.#anon + this.#file;
    const anon = (SWAPPINESS * (2 * total + 1)) / (total + this.#anon + 1);
    const file = ((SCALE - SWAPPINESS) * (2 * total + 1)) / (total + this.#file + 1);
    return anon / (anon + file);
  }

  /** True where the cache may be trimmed alone; begins a new period. */
  takeTrim(): boolean {
    const trim = !this.#refaulted;
    this.#refaulted = false;
    return trim;
  }
}
