/** Datasets that were read, by the SHA-256 of their files: what several experiments and threads have in common. */
import type { ContentTable } from '@overbook/core';
import type { PageDigest } from '@overbook/formats';
import type { Recording, Trace } from '@overbook/traces';

import { sharedCopy } from './shared-guests.ts';

/** Page contents of an image: with its bytes where all are known. */
export type LoadedContents = PageDigest & Pick<ContentTable, 'bytes'>;

/** All that was read, as plain data whose arrays threads share. */
export interface SharedDatasets {
  /** SHA-256 by path. */
  readonly hashes: readonly (readonly [path: string, hash: string])[];
  readonly recordings: readonly (readonly [hash: string, recording: Recording])[];
  readonly traces: readonly (readonly [hash: string, trace: Trace])[];
  readonly contents: readonly (readonly [hash: string, contents: LoadedContents])[];
}

/** Each file is hashed once and read once, however many experiments name it and whatever they call it. */
export class LoadedDatasets {
  /** SHA-256 by path: a file that changes while a process runs is not looked at again. */
  readonly hashes: Map<string, string>;
  readonly recordings: Map<string, Recording>;
  readonly traces: Map<string, Trace>;
  readonly contents: Map<string, Promise<LoadedContents>>;

  constructor(shared?: SharedDatasets) {
    this.hashes = new Map(shared?.hashes);
    this.recordings = new Map(shared?.recordings);
    this.traces = new Map(shared?.traces);
    this.contents = new Map(shared?.contents.map(([hash, contents]) => [hash, Promise.resolve(contents)]));
  }

  /** The same with every array in memory that threads share: one copy, whatever their number. */
  async shared(): Promise<SharedDatasets> {
    const contents: (readonly [string, LoadedContents])[] = [];
    for (const [hash, loaded] of this.contents) contents.push([hash, await loaded]);
    return sharedCopy({
      hashes: [...this.hashes],
      recordings: [...this.recordings],
      traces: [...this.traces],
      contents,
    });
  }
}
