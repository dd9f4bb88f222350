import type { ContentTable, Pages, Shares } from '@overbook/core';
import type { Recording, Trace } from '@overbook/traces';

import type { PhasedContent } from './guests/phased-contents.ts';
import type { ContentKeys } from './recorded/common-contents.ts';

/** What every guest has, whatever runs in it. Sizes in pages of 4 KiB. */
export interface GuestCommon {
  /** Unique in its host. */
  readonly name: string;
  /** Guaranteed machine memory; default 0. */
  readonly reservation?: Pages;
  /** Most machine memory; default the VM's size. */
  readonly limit?: Pages;
  /** Relative right to machine memory, by name or as a number; default `normal`: 10 per MiB of size (vSphere). */
  readonly shares?: Shares;
  /** Resource pool of the host; default: none, directly below the host. */
  readonly pool?: string;
  /** Virtual processors, for the overhead; default 1. The guest runs on one whatever it says. */
  readonly vcpus?: number;
  /** Machine memory that virtualising it takes; default as the host says. */
  readonly overhead?: Pages;
  /** Pages may be shared with VMs of the same salt. */
  readonly salt?: string;
  /** False: page sharing leaves the VM alone; default true. */
  readonly sharing?: boolean;
  /**
   * How long after the measured part begins the guest's work starts; default 0. The seed adds its own part. A guest
   * that has a time here and nothing to arrive with is powered on then, if admission control lets it.
   */
  readonly offsetMs?: number;
  /** How often the work is done, one time after the other; default 1. */
  readonly repeat?: number;
  /** When its work is done it stays as it is (`idle`, the default), or its VM is powered off. */
  readonly afterWork?: 'idle' | 'power-off';
  /**
   * Where its disk is, with files and swap: `own` (default), or on the device that the host swaps to (`host`), in one
   * queue with the host's page-ins and page-outs.
   */
  readonly disk?: 'own' | 'host';
  /** How long after the host's start the guest's balloon driver, where it has one, is loaded; default 0. */
  readonly driverFromMs?: number;
}

/** A real guest, replayed from a recording. */
export interface RecordedGuestSpec extends GuestCommon {
  readonly kind: 'recorded';
  readonly recording: Recording;
  /** Further takes of the same work on a machine of the same size: each run has one of all, drawn by its seed. */
  readonly takes?: readonly Recording[];
  /** `power-on` replays the boot too; `work-start` arrives with the memory of the snapshot of that name. */
  readonly start: 'power-on' | 'work-start';
  /** Size of the VM; default, and at least, what was recorded. More is free memory in the guest. */
  readonly size?: Pages;
  /** True (default) where a balloon driver runs in the guest once it has booted. */
  readonly driver?: boolean;
  /**
   * The guest's own swap; default 0, as in the recorded guests: then the balloon never gets anonymous pages.
   */
  readonly guestSwap?: Pages;
  /**
   * Where several guests have this recording each is a machine of its own: contents that only the recorded guest had
   * are other ones in each copy. True: a clone of the recorded machine instead, equal to all its other clones.
   */
  readonly clones?: boolean;
  /** Contents known to be in every machine of its release, beside what the recordings of the host tell. */
  readonly commonContents?: ContentKeys;
}

/** One program's pages as a whole VM: no operating system, no page tables, no driver. */
export interface FlatGuestSpec extends GuestCommon {
  readonly kind: 'flat';
  readonly trace: Trace;
  /** Size of the VM; default, and at least, the trace's pages. */
  readonly size?: Pages;
  /**
   * What writes write: contents of this table, drawn at random. Without one a written page is private, equals
   * no other page and counts as `compressedBytes`; a host with bytes refuses that.
   */
  readonly contents?: ContentTable;
  /** Compressed size of private pages; default 4096: they do not shrink. */
  readonly compressedBytes?: number;
}

/**
 * A generated script over real contents: what the conformance of the two page stores, and strategies that
 * need bytes, are tried with. Its page choice is synthetic; name it so where it is shown.
 */
export interface ScriptGuestSpec extends GuestCommon {
  readonly kind: 'script';
  readonly size: Pages;
  /** What writes write, drawn at random; with `bytes` it can run on a host that keeps bytes. */
  readonly contents: ContentTable;
  /** Intervals of the script. */
  readonly intervals: number;
  /** Pages touched in each interval. */
  readonly pagesPerInterval: number;
  /** Of 100 touches, how many write; default 30. */
  readonly writePercent?: number;
  /** Of 100 touches, how many fall into the hot tenth of the pages; default 80. */
  readonly hotPercent?: number;
  /** Default 2 000 000, as in the recordings. */
  readonly instructionsPerInterval?: number;
  /** True where a balloon driver runs, which gives pages that the script does not use now; default false. */
  readonly driver?: boolean;
}

/**
 * Programs in a guest with an operating system of our own making: page tables, allocator, page cache, swap.
 */
export interface LinuxGuestSpec extends GuestCommon {
  readonly kind: 'linux';
  readonly size: Pages;
  /** One process each; they take turns. */
  readonly programs: readonly Trace[];
  /** Guest swap device; default 0. */
  readonly guestSwap?: Pages;
  /** Default true. */
  readonly driver?: boolean;
  /**
   * Page cache that earlier work left behind, clean and used by no program, beside the programs' own files;
   * default 0.
   */
  readonly fileCache?: Pages;
}

/**
 * Memory use by a schedule: what published experiments tell of their guests when they tell no more than amounts. All
 * of it is synthetic; name it so where it is shown.
 */
export interface PhasedGuestSpec extends GuestCommon {
  readonly kind: 'phased';
  readonly size: Pages;
  /** What its pages hold, the most used ones first; together at most `size` - 1. The rest is free in the guest. */
  readonly contents: readonly PhasedContent[];
  /** How many of its pages, from the first one on, are in use from a time after power-on on; 0 before the first. */
  readonly phases: readonly {
    readonly atMs: number;
    readonly active: number;
    /**
     * A program ends: the private pages that are not in use from then on are freed; otherwise they stay, unused.
     */
    readonly ends?: boolean;
  }[];
  /** How long the guest runs. */
  readonly untilMs: number;
  /** At power-on all memory is written with zeros, as Windows does, within this time; default 0: it is not. */
  readonly zeroMs?: number;
  /** Then contents come in within this time, first pages first; default 10 000. */
  readonly loadMs?: number;
  /** How many pages come in then; the others only when they are in use; default all. */
  readonly loads?: number;
  /** Length of a step of the schedule; default 250. */
  readonly stepMs?: number;
  /** A page in use is touched once in this time; default 10 000. */
  readonly touchEveryMs?: number;
  /** Of 100 touches of private pages, how many write; default 50. */
  readonly writePercent?: number;
  /** Pages a second that are read back into memory that is free in the guest (a file cache); default 0. */
  readonly fillsFree?: number;
  /**
   * Freed pages of a program that ended, and frames that come back from the balloon, are zeroed (Windows' zero page
   * thread); default false: they are left as they are.
   */
  readonly zeroesFreed?: boolean;
  /** True where a balloon driver runs, from the end of zeroing on at the earliest; default false. */
  readonly driver?: boolean;
  /** Compressed size of its pages; default 4096: they do not shrink. */
  readonly compressedBytes?: number;
}

export type GuestSpec =
  | RecordedGuestSpec
  | FlatGuestSpec
  | ScriptGuestSpec
  | LinuxGuestSpec
  | PhasedGuestSpec;
