import type { Nanoseconds } from '../units/page.ts';
import { toNs } from '../units/page.ts';

/**
 * Operations whose CPU time a host counts. Values come from the simulator's cost table; a strategy names what it
 * does and never how long that takes.
 */
export type CostOp =
  | 'firstTouch'
  | 'minorFault'
  | 'cowBreak'
  | 'zeroPage'
  | 'copyPage'
  | 'hashPage'
  | 'comparePages'
  | 'mergePage'
  | 'treeStep'
  | 'compressPage'
  | 'decompressPage'
  | 'compressLzoRle'
  | 'decompressLzoRle'
  | 'compressZstd'
  | 'decompressZstd'
  | 'swapOut'
  | 'swapIn'
  | 'balloonPage'
  | 'reportPage'
  | 'scanPage'
  | 'breakLargePage'
  | 'formLargePage'
  | 'vmExit'
  | 'walkReference'
  | 'tlbMiss';

/** Where CPU time goes. A plugin's meter charges to that plugin. */
export interface Meter {
  /** Charges `count` operations and returns their time, 0 under a silent meter. */
  spend(op: CostOp, count?: number): Nanoseconds;
  /** Charges time that no table entry names (a stranger's own mechanism). */
  spendNs(time: number): Nanoseconds;
}

/** Hands out meters per account and can be asked what was spent. */
export interface Metering {
  meter(account: string): Meter;
  /** Nanoseconds of CPU per account, in order of first use. */
  spent(): ReadonlyMap<string, number>;
  /** Nanoseconds of CPU in all. O(1). */
  total(): number;
}

/** Costs nothing and forgets everything: the default edge. */
export class SilentMetering implements Metering {
  meter(): Meter {
    return { spend: () => toNs(0), spendNs: (time) => toNs(time) };
  }

  spent(): ReadonlyMap<string, number> {
    return new Map();
  }

  total(): number {
    return 0;
  }
}
