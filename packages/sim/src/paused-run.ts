import type { VmId } from '@overbook/core';
import type { Host, Translation } from '@overbook/core/host';

import type { GuestProcess } from './engine/guest.ts';

/** A paused run, for inspection. */
export interface PausedRun {
  readonly host: Host;
  readonly translation: Translation | undefined;
  /** Virtual time since the measured part began. */
  readonly atMs: number;
  /** Part of all instructions that is done, 0..1. */
  readonly done: number;
  /** In the order of the configuration; `vm` is the one of `host` that the seed gave the guest. */
  readonly guests: readonly {
    readonly name: string;
    readonly vm: VmId;
    /** Absent where a guest has no page tables: a recording, a flat trace. */
    readonly processes: readonly GuestProcess[] | undefined;
  }[];
}
