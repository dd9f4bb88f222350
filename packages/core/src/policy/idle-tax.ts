/** How idle memory is taxed. */
export interface IdleTax {
  /** Largest part of its idle memory that a client may lose, 0..0.99 (ESX Mem.IdleTax ÷ 100). */
  readonly rate: number;
  /**
   * `flat`: the rate holds for every client (Waldspurger, OSDI 2002, §5.2; Mem.IdleTaxType 0). `progressive`: it
   * rises with the idle part, rate · idle ÷ (idle + active). That the tax of later versions is progressive is published
   * (VMware, vSphere Resource Management 6.x; Mem.IdleTaxType 1), its curve is not: this one is assumed.
   */
  readonly type: 'flat' | 'progressive';
}

/** Who pays for memory: a VM, or a resource pool with all that is in it. Pages. */
export interface Client {
  readonly shares: number;
  /** Pages in use, of whatever is allocated; where fewer are allocated, all of them count as in use. */
  readonly active: number;
  /** Gets at least so much … */
  readonly least: number;
  /** … and at most so much. */
  readonly most: number;
}

/**
 * What an allocation of `allocated` pages is charged for: active pages once, idle ones k = 1/(1 − τ) times
 * (OSDI 2002, §5.2: P · (f + k · (1 − f)) with f the active fraction).
 */
export function chargeOf(active: number, allocated: number, tax: IdleTax): number {
  const idle = allocated - active;
  if (idle <= 0) return allocated;
  const rate = tax.type === 'flat' ? tax.rate : (tax.rate * idle) / allocated;
  return active + idle / (1 - rate);
}

/** Price ρ = shares ÷ charge that a client pays per page. Memory is taken from the client that pays least. */
export function priceOf({ shares, active }: Client, allocated: number, tax: IdleTax): number {
  return allocated <= 0 ? Infinity : shares / chargeOf(active, allocated, tax);
}

/**
 * The allocation that is charged for `charge` pages: the inverse of chargeOf. Flat: P = (1 − τ) · charge + τ · A.
 * Progressive: the positive root of P² − (A + (1 − τ) · D) · P − τ · A · D = 0, where D = charge − A.
 */
export function allocationFor(active: number, charge: number, { rate, type }: IdleTax): number {
  const taxed = charge - active;
  if (taxed <= 0) return charge;
  if (type === 'flat') return (1 - rate) * charge + rate * active;
  const half = (active + (1 - rate) * taxed) / 2;
  return half + Math.sqrt(half * half + rate * active * taxed);
}
