import type { VmFacts } from '../ports/page-service.ts';

type Getters = { readonly [Fact in keyof Required<VmFacts>]: unknown } & ThisType<VmView>;

/**
 * What a VM is configured with, as it is now. It cannot be written: a plugin that tries throws, under its own name, and
 * changes nothing for others. Plugins read it for every page, so each fact has one getter, written out, that all views
 * share: they are of one hidden class then, and reading them costs no call.
 */
export class VmView {
  static readonly #getters = Object.getOwnPropertyDescriptors<Getters>({
    get id() {
      return this.#facts.id;
    },
    get name() {
      return this.#facts.name;
    },
    get size() {
      return this.#facts.size;
    },
    get reservation() {
      return this.#facts.reservation;
    },
    get limit() {
      return this.#facts.limit;
    },
    get shares() {
      return this.#facts.shares;
    },
    get salt() {
      return this.#facts.salt;
    },
    get template() {
      return this.#facts.template;
    },
    get sharing() {
      return this.#facts.sharing;
    },
  });
  readonly #facts: VmFacts;

  private constructor(facts: VmFacts) {
    this.#facts = facts;
    for (const fact of Object.keys(facts) as (keyof VmFacts)[])
      Object.defineProperty(this, fact, VmView.#getters[fact]);
    Object.freeze(this);
  }

  static of(facts: VmFacts): VmFacts {
    return new VmView(facts) as unknown as VmFacts;
  }
}
