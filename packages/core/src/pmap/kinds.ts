import type { KindRole } from '../contract/kind-role.ts';
import { OverbookError } from '../units/errors.ts';

/** Core's backing kinds. A strategy's kinds take the numbers from FIRST_PLUGIN_KIND on. */
export const KIND_UNTOUCHED = 0;
/** A private machine frame. */
export const KIND_MAPPED = 1;
/** A shared, read-only machine frame; a write breaks the sharing. */
export const KIND_SHARED = 2;
/** The guest gave the page to its balloon. */
export const KIND_BALLOONED = 3;
export const FIRST_PLUGIN_KIND = 4;
export const MAX_KINDS = 16;

export const CORE_KINDS = ['untouched', 'mapped', 'shared', 'ballooned'] as const;

/** 4 bits of kind above 28 bits of payload: at most 2^28 frames, 1 TiB of machine memory. */
export const KIND_SHIFT = 28;
export const PAYLOAD_MASK = 0x0fffffff;

const NO_KINDS: readonly number[] = [];

/** Names, numbers and roles of the kinds of one host. */
export class KindTable {
  readonly #names: string[] = [...CORE_KINDS];
  readonly #owners: string[] = CORE_KINDS.map(() => 'core');
  readonly #roles: (KindRole | undefined)[] = CORE_KINDS.map(() => undefined);
  readonly #ofRole = new Map<KindRole, number[]>();
  readonly #away: number[] = [KIND_BALLOONED];
  /** The same, a bit each. */
  #awayBits = 1 << KIND_BALLOONED;

  /** @throws OVB_KIND_TAKEN for a second owner, OVB_KINDS_FULL for a 17th kind */
  add(name: string, owner: string, role?: KindRole): number {
    const taken = this.#names.indexOf(name);
    if (taken >= 0) {
      throw new OverbookError(
        'OVB_KIND_TAKEN',
        owner,
        `backing kind '${name}' is already defined by ${this.#owners[taken]!}`,
        'Leave one of the two strategies out of the mix, or rename the kind.',
      );
    }
    if (this.#names.length === MAX_KINDS) {
      throw new OverbookError(
        'OVB_KINDS_FULL',
        owner,
        `backing kind '${name}' would be number ${MAX_KINDS + 1}; a page table entry has room for ${MAX_KINDS}`,
        `Use fewer strategies with their own kinds; the kinds so far are ${this.#names.join(', ')}.`,
      );
    }
    this.#owners.push(owner);
    this.#roles.push(role);
    if (role !== undefined) this.#ofRole.set(role, [...this.ofRole(role), this.#names.length]);
    if (role === 'unplugged') {
      this.#away.push(this.#names.length);
      this.#awayBits |= 1 << this.#names.length;
    }
    return this.#names.push(name) - 1;
  }

  /** @throws Error for a kind that no strategy brought, or a payload that an entry has no room for */
  checkOwn(kind: number, payload: number): void {
    if (!Number.isInteger(kind) || kind < FIRST_PLUGIN_KIND || kind >= this.#names.length)
      throw new Error(`kind ${kind} is not defined by any strategy of this host`);
    if (!Number.isInteger(payload) || payload < 0 || payload > PAYLOAD_MASK)
      throw new Error(`payload ${payload} is outside 0..${PAYLOAD_MASK}`);
  }

  get names(): readonly string[] {
    return this.#names;
  }

  /** Roles by kind number. */
  get roles(): readonly (KindRole | undefined)[] {
    return this.#roles;
  }

  /** Numbers of the kinds that have the role; none where no strategy of the mix brought one. */
  ofRole(role: KindRole): readonly number[] {
    return this.#ofRole.get(role) ?? NO_KINDS;
  }

  /** Kinds of pages that the guest gave up and leaves alone until it has them back: ballooned and unplugged ones. */
  get away(): readonly number[] {
    return this.#away;
  }

  /** True for a kind of `away`. */
  isAway(kind: number): boolean {
    return ((this.#awayBits >>> kind) & 1) === 1;
  }

  owner(kind: number): string {
    return this.#owners[kind]!;
  }
}
