/** The study's own datasets, by hash: put on the queue's server when a worker asks for one. */
import { readFileSync, statSync } from 'node:fs';

import type { LoadedDatasets } from '@overbook/lab';
import { commonContentsFile, hashOfFile } from '@overbook/lab';

import { endingOf } from '../datasets/dataset-cache.ts';
import type { DatasetStore } from '../datasets/dataset-store.ts';
import { SENT_MAX_BYTES } from '../datasets/dataset-store.ts';
import { sha256Of } from '../datasets/sha256.ts';

export class OwnDatasets {
  readonly #loaded: LoadedDatasets;
  readonly #store: DatasetStore;
  /** Asked for by several workers at a time: sent once. */
  readonly #sending = new Map<string, Promise<void>>();

  constructor(loaded: LoadedDatasets, store: DatasetStore) {
    this.#loaded = loaded;
    this.#store = store;
  }

  /** @throws what the server says */
  async send(hashes: readonly string[]): Promise<void> {
    for (const hash of hashes) {
      const sending = this.#sending.get(hash) ?? this.#send(hash);
      this.#sending.set(hash, sending);
      try {
        await sending;
      } finally {
        this.#sending.delete(hash);
      }
    }
  }

  async #send(hash: string): Promise<void> {
    const path = this.#pathOf(hash);
    if (path === undefined) return this.#store.refuse(hash, 'is not where the study was planned');
    const mebibytes = Math.round(statSync(path).size / 1_048_576);
    if (statSync(path).size > SENT_MAX_BYTES)
      return this.#store.refuse(hash, `has ${mebibytes} MiB, more than goes through a queue`);
    const bytes = readFileSync(path);
    if (sha256Of(bytes) !== hash) return this.#store.refuse(hash, 'was changed while the study ran');
    await this.#store.put(hash, { bytes, ending: endingOf(path) });
  }

  #pathOf(hash: string): string | undefined {
    for (const [path, one] of this.#loaded.hashes) if (one === hash) return path;
    const common = commonContentsFile();
    return common !== undefined && hashOfFile(common) === hash ? common : undefined;
  }
}
