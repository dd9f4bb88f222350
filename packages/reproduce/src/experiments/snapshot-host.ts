import type { ContentTable } from '@overbook/core';
import type { Host } from '@overbook/core/host';
import { FILL_ZERO, toGfn, toPages, toVmId } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { tps } from '@overbook/tps';
import type { RecordedSnapshot, Recording } from '@overbook/traces';

import type { Mechanisms } from '../mechanisms.ts';
import { changed } from '../mechanisms.ts';

/** Fast enough that a scan of all VMs fits between two looks; no guest runs meanwhile. */
const PAGES_PER_SECOND = 100_000;
/** Between any VMs, or within each alone, to the end at once. */
export const SHARE_BETWEEN = { salting: 0, order: 'sequential', pagesPerSecond: PAGES_PER_SECOND } as const;
export const SHARE_WITHIN = { ...SHARE_BETWEEN, salting: 2 } as const;

/** Memory of a guest at one or more moments: a recording, or an image, which has one. */
export type Snapshots = Pick<Recording, 'name' | 'pages' | 'contentKey' | 'codec'> & {
  readonly snapshots: readonly Pick<
    RecordedSnapshot,
    'label' | 'changed' | 'keyLo' | 'keyHi' | 'compressedBytes' | 'fill'
  >[];
};

/** What sharing came to in one VM, in pages; a frame of n pages saves each of them 1 − 1/n. */
export interface SharingSeen {
  /** Guest pages full of zeros. */
  readonly zero: number;
  /** Frames saved at the zero page, and at all other contents. */
  readonly savedAtZero: number;
  readonly savedElsewhere: number;
}

/**
 * Recorded guests frozen at their snapshots: each VM holds what its recording's guest held then, zero
 * pages included, and page sharing scans them. The host has memory for all, so nothing else acts.
 */
export class SnapshotHost<S extends Snapshots = Snapshots> {
  readonly host: Host;
  readonly #recordings: readonly S[];
  /** Snapshot that each VM is at; -1: nothing written yet. */
  readonly #at: number[];

  /** @param sharing options of tps */
  constructor(recordings: readonly S[], sharing: object, mechanisms: Mechanisms) {
    this.#recordings = recordings;
    this.#at = recordings.map(() => -1);
    const all = recordings.reduce((sum, recording) => sum + recording.pages, 0);
    const config = {
      name: 'snapshots',
      memory: toPages(2 * all),
      store: 'keys' as const,
      strategies: [{ plugin: tps, options: sharing }],
      vms: recordings.map(({ name, pages: size }) => ({ name, size })),
    };
    this.host = composeHost(changed(config, mechanisms));
  }

  /** Takes every VM on to a snapshot of its recording. */
  write(snapshotOf: (recording: S) => number): void {
    this.#recordings.forEach((recording, vm) => {
      for (let next = this.#at[vm]! + 1; next <= snapshotOf(recording); next++)
        this.#write(recording, vm, next);
      this.#at[vm] = Math.max(this.#at[vm]!, snapshotOf(recording));
    });
  }

  /** The same, and lets sharing of a pace as above scan them to the end. */
  standAt(snapshotOf: (recording: S) => number): void {
    this.write(snapshotOf);
    const all = this.#recordings.reduce((sum, recording) => sum + recording.pages, 0);
    // One pass is enough: what finds no like leaves the hint by which its like finds it. A wake-up more for rounding.
    this.host.advance(Math.ceil((1000 * all) / PAGES_PER_SECOND) + 200);
  }

  /** What each VM saves. */
  seen(): readonly SharingSeen[] {
    const { memory, store } = this.host;
    return this.host.counters().vms.map(({ vm, size, zero, saved }) => {
      let savedAtZero = 0;
      for (let page = 0; page < size; page++) {
        const frame = memory.frame(vm, toGfn(page));
        if (store.fill(frame) === FILL_ZERO) savedAtZero += 1 - 1 / memory.references(frame);
      }
      return { zero, savedAtZero, savedElsewhere: saved - savedAtZero };
    });
  }

  /** @throws ContractViolation when the host's books are not right */
  dispose(): void {
    this.host.verify();
    this.host.dispose();
  }

  #write(recording: Snapshots, vm: number, snapshot: number): void {
    const { memory, clock, store } = this.host;
    const { changed: rows } = recording.snapshots[snapshot]!;
    const table: ContentTable = { ...recording.snapshots[snapshot]!, ...keysOf(recording) };
    // At power-on every page is there and zero.
    if (snapshot === 0) {
      for (let page = 0; page < recording.pages; page++)
        memory.access(toVmId(vm), toGfn(page), true, clock.now());
    }
    rows.forEach((page, row) => {
      memory.access(toVmId(vm), toGfn(page), true, clock.now());
      store.write(memory.frame(toVmId(vm), toGfn(page)), table, row);
    });
  }
}

function keysOf({ contentKey, codec }: Snapshots): Pick<ContentTable, 'contentKey' | 'codec'> {
  return {
    contentKey,
    codec,
  };
}

/** Index of a snapshot by its label. */
export function snapshotNamed({ name, snapshots }: Snapshots, label: string): number {
  const index = snapshots.findIndex((snapshot) => snapshot.label === label);
  if (index < 0) throw new Error(`recording ${name} has no snapshot '${label}'`);
  return index;
}
