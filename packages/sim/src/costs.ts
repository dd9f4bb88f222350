import type { CostOp, Meter, Nanoseconds } from '@overbook/core';
import type { Metering } from '@overbook/core/host';
import { toNs } from '@overbook/core';

/** Costs that arise inside a guest and that no host meter sees. */
export type GuestCost = 'instruction' | 'guestDiskRead' | 'guestDiskWrite' | 'guestSwapIn' | 'guestSwapOut';
export type CostName = CostOp | GuestCost;

/** One line of the cost table. Times in nanoseconds. */
export interface CostEntry {
  readonly ns: number;
  /** Between what and what published figures lie; devices draw from it. */
  readonly range: readonly [low: number, high: number];
  /** Where the value comes from, or why it was chosen. */
  readonly source: string;
  /** True where no publication gives the value itself. */
  readonly assumed: boolean;
}

/** Other values: a number is used unchanged, without a range. */
export type CostOverrides = Readonly<Partial<Record<CostName, number>>>;

function read(value: number, range: readonly [number, number], source: string): CostEntry {
  return {
    ns: value,
    range,
    source,
    assumed: false,
  };
}
function assumed(value: number, range: readonly [number, number], source: string): CostEntry {
  return {
    ns: value,
    range,
    source,
    assumed: true,
  };
}

const DEDUP = 'zolutal, Understanding Memory Deduplication Attacks, 2023';
const DE = 'Gupta et al., Difference Engine, OSDI 2008 (CACM 53(10), 2010), 2.33 GHz';
/** Measured by this project, through Node's interface for native code. */
const HERE = 'on two cores of an EPYC VM, the call included,';
/** Tables of Linux Reviews (cp) and of VenditatioDelendaEst (reads, page-cluster 0). */
const ZRAM = 'Zram Performance Analysis, notes.xeome.dev';
const CRC = 'Linux commit efcfcbc6a361 (message), 3.6 GHz';
const DISKS = 'Savchenko, arXiv 2102.11198, 2021: SATA SSD random read 140 us mean; spread assumed';

/** Every cost of a run: a machine of the 2020s at 3 GHz. Published cycle counts are taken at that clock. */
export const COSTS: Readonly<Record<CostName, CostEntry>> = {
  firstTouch: read(2_430, [1_000, 5_880], `7 290 cycles, ${DEDUP}; 2.93 and 5.88 us, Firecracker PR 4820`),
  minorFault: assumed(
    1_500,
    [1_030, 2_960],
    'fault under a VMM 1.03 us (software), 2.96 us (hardware): Adams, Agesen, ASPLOS 2006',
  ),
  cowBreak: read(18_400, [1_900, 32_300], `55 242..96 768 cycles (KSM), ${DEDUP}; 25.1 us, ${DE}`),
  zeroPage: assumed(100, [60, 500], 'between a cached copy (63 ns) and a cold compare (0.5 us)'),
  copyPage: assumed(250, [63, 500], `cached copy 228 cycles, ${CRC}; cold sources are slower`),
  hashPage: read(
    240,
    [70, 1_400],
    `xxHash64 of 4 096 bytes 860 cycles, ${CRC}; XXH3 to SipHash, xxHash 0.8.2 documentation`,
  ),
  comparePages: assumed(300, [100, 500], 'equal pages, cold: 0.1..0.5 us'),
  mergePage: read(6_200, [1_500, 6_200], `share one page 6.2 us, ${DE}`),
  treeStep: assumed(200, [100, 500], 'first cache lines of two cold pages'),
  compressPage: assumed(
    16_000,
    [5_000, 29_700],
    `cp of 1.1 GB to a zram disk with lz4, 16 us a page, the copy included; lz4-napi ${HERE} 17 us; ` +
      `29.7 us (LZO), ${DE}`,
  ),
  decompressPage: assumed(
    2_000,
    [1_700, 10_400],
    `zram reads with lz4, 1.71 us mean; lz4-napi ${HERE} 6.2 us; 10.4 us (LZO), ${DE}`,
  ),
  swapOut: assumed(5_000, [1_000, 48_900], `CPU part of a write; bookkeeping 48.9 us, ${DE}`),
  swapIn: assumed(
    5_000,
    [1_500, 48_900],
    'CPU part of a read: exit, submission, completion; device time is added',
  ),
  balloonPage: assumed(1_000, [500, 5_000], 'guest allocation, hypercall in batches, host unmapping'),
  reportPage: assumed(100, [20, 1_000], 'reported in blocks; the host drops them in one go'),
  scanPage: assumed(100, [20, 500], 'one look at a page table entry and its frame'),
  breakLargePage: assumed(20_000, [5_000, 100_000], '512 entries written, one flush'),
  formLargePage: assumed(150_000, [50_000, 300_000], '512 pages copied cold'),
  vmExit: read(680, [450, 1_130], 'about 2 000 cycles, Xeon X5570: Landau et al., SplitX, WIOV 2011'),
  walkReference: assumed(20, [5, 80], 'between a cached (5 ns) and an uncached (80 ns) reference'),
  tlbMiss: assumed(7, [5, 20], 'start of a walk; its references are counted separately'),
  instruction: assumed(
    1,
    [0.1, 2],
    'one instruction per nanosecond, the clock of recordings; 5 GHz at 2 a cycle to 1 GHz at one in 2',
  ),
  guestDiskRead: read(140_000, [100_000, 180_000], DISKS),
  guestSwapIn: read(140_000, [100_000, 180_000], DISKS),
  guestDiskWrite: assumed(
    10_000,
    [2_000, 40_000],
    'one page of a clustered write at 400 MB/s; 2 GB/s to 100 MB/s',
  ),
  guestSwapOut: assumed(5_000, [1_000, 48_900], 'CPU part; the disk then takes guestDiskWrite'),
  // Last, so that rankings draw the costs above as they did without these.
  compressLzoRle: assumed(
    16_000,
    [5_000, 29_700],
    `cp of 1.1 GB to a zram disk with lzo-rle, 16 us a page, the copy included: ${ZRAM}; 29.7 us (LZO), ${DE}`,
  ),
  decompressLzoRle: read(
    2_240,
    [2_240, 10_400],
    `zram reads with lzo-rle, 2.24 us mean: ${ZRAM}; 10.4 us (LZO), ${DE}`,
  ),
  compressZstd: assumed(
    27_000,
    [16_000, 50_000],
    `cp of 1.1 GB to a zram disk with zstd, 27 us a page, the copy included: ${ZRAM}; range assumed`,
  ),
  decompressZstd: read(
    5_710,
    [5_710, 13_100],
    `zram reads with zstd, 5.71 us mean, 13.1 us at the 99th percentile: ${ZRAM}`,
  ),
};

/** The table with other values put in; those count as assumed. */
export function costTable(overrides: CostOverrides = {}): Readonly<Record<CostName, CostEntry>> {
  const table: Record<CostName, CostEntry> = { ...COSTS };
  for (const [name, value] of Object.entries(overrides) as [CostName, number][]) {
    table[name] = assumed(value, [value, value], 'set for this run');
  }
  return table;
}

/** What an operation costs, and whether it was ever paid. */
interface Price {
  readonly ns: number;
  paid: boolean;
}

/** One account: adds up what its holder spends. */
class AccountMeter implements Meter {
  spentNs = 0;
  readonly #metering: { totalNs: number };
  readonly #prices: Readonly<Record<CostName, Price>>;

  constructor(metering: { totalNs: number }, prices: Readonly<Record<CostName, Price>>) {
    this.#metering = metering;
    this.#prices = prices;
  }

  spend(op: CostOp, count = 1): Nanoseconds {
    const price = this.#prices[op];
    price.paid = true;
    return this.spendNs(price.ns * count);
  }

  spendNs(time: number): Nanoseconds {
    this.spentNs += time;
    this.#metering.totalNs += time;
    return toNs(time);
  }
}

/** Counts CPU time per account by the cost table. */
export class CostMetering implements Metering {
  readonly #prices: Readonly<Record<CostName, Price>>;
  readonly #accounts = new Map<string, AccountMeter>();
  readonly #sum = { totalNs: 0 };

  constructor(costs: Readonly<Record<CostName, CostEntry>> = COSTS) {
    this.#prices = Object.fromEntries(
      Object.entries(costs).map(([name, { ns }]) => [name, { ns, paid: false }]),
    ) as Record<CostName, Price>;
  }

  meter(account: string): Meter {
    let meter = this.#accounts.get(account);
    if (meter === undefined) {
      meter = new AccountMeter(this.#sum, this.#prices);
      this.#accounts.set(account, meter);
    }
    return meter;
  }

  spent(): ReadonlyMap<string, number> {
    return new Map([...this.#accounts].map(([account, meter]) => [account, meter.spentNs]));
  }

  total(): number {
    return this.#sum.totalNs;
  }

  /** Operations that any account spent time on, in the order of the table: other values of no other cost matter. */
  paid(): readonly CostName[] {
    return (Object.keys(this.#prices) as CostName[]).filter((name) => this.#prices[name].paid);
  }
}
