import type { GuestStatistics, Pages, Random } from '@overbook/core';
import type { GuestPageTable, Translation } from '@overbook/core/host';

import type { CostEntry, CostName } from '../costs.ts';
import type { FrameTeller } from '../measure/guest-paging.ts';
import type { BalloonedGuest } from '../result.ts';
import type { GuestDisk } from './guest-disk.ts';
import type { PageWriter } from './page-writer.ts';
import type { Workload } from './workload.ts';

/** What a guest is given when its host exists. */
export interface GuestSurroundings {
  readonly writer: PageWriter;
  readonly random: Random;
  /** Where its files and its swap are. */
  readonly disk: GuestDisk;
  readonly order: 'shuffled' | 'recorded';
  readonly costs: Readonly<Record<CostName, CostEntry>>;
  /** Translates guest-virtual pages, where the run has such a thing. */
  readonly translation?: Translation | undefined;
}

/** The side of a guest that talks to the host: see GuestDrivers of core, for one VM. */
export interface GuestDriver {
  /** True where a balloon driver answers now. */
  readonly present: boolean;
  statistics(): GuestStatistics | undefined;
  inflate(count: number, into: Uint32Array, owner: string): number;
  deflate(count: number, into: Uint32Array, owner: string): number;
  deflatePages(pages: Uint32Array, into: Uint32Array, owner: string): number;
  reportFree(count: number, into: Uint32Array, order: number): number;
  /** Absent where the guest's memory is not in blocks that it could do without. */
  unplug?(order: number, blocks: number, into: Uint32Array, owner: string): number;
  plug?(order: number, first: number, owner: string): boolean;
}

/** A process of a guest, by the number it keeps for life. */
export interface GuestProcess {
  readonly process: number;
  /** Its program's name. */
  readonly program: string;
  readonly table: GuestPageTable;
}

/** What a guest's kernel tells of its paging, in pages, so far. */
export interface GuestPagingCounts {
  /** Pages that its kernel manages, those in the balloon among them. */
  readonly managed: number;
  /** Pages read from files or swap because an access wanted them. */
  readonly majorFaults: number;
  /** Pages read from and written to its own swap. */
  readonly swapTraffic: number;
}

/** A guest of any kind, as the simulator runs it. */
export interface Guest extends Workload {
  readonly name: string;
  readonly kind: string;
  readonly size: Pages;
  readonly driver?: GuestDriver | undefined;
  /** Present where the guest's kernel knows what its frames are. */
  readonly frames?: FrameTeller | undefined;
  /** Puts the guest's memory in place before the measured part; absent where a guest starts empty. */
  readonly arrive?: ((atNs: number, nsPerPage: number) => void) | undefined;
  /** The work begins, at the earliest at `atNs`. */
  start(atNs: number): void;
  /** Counters of the measured part begin. */
  resetCounters?(): void;
  /** Recounts its own books, with `check`. @throws Error on drift */
  verify?(): void;
  balloon?(): BalloonedGuest;
  /** Absent where the guest has no kernel that counts. */
  paging?(): GuestPagingCounts;
  /** Processes that run now, where the guest has page tables. */
  processes?(): readonly GuestProcess[];
  os?(): Readonly<Record<string, number>>;
}
