/** Where a cell's datasets are on a worker's machine: where the scenario says, among the shipped ones, or fetched. */
import { setTimeout as wait } from 'node:timers/promises';

import type { CellAnswer, CellRequest } from '@overbook/lab';
import { COMMON_CONTENTS, datasetsElsewhere, parseScenario, shippedCommonContents } from '@overbook/lab';

import type { DatasetCache } from '../datasets/dataset-cache.ts';
import type { DatasetStore } from '../datasets/dataset-store.ts';

/** Texts whose places are known: the seeds of a point follow each other. */
const KNOWN = 64;
const LOOK_MS = 200;
/** Times that the server is looked at for a dataset that was asked for. Chosen: two minutes carry the largest. */
const LOOKS = 600;
/** Looks after which it is asked for once more: the study may have been started again. */
const ASK_EVERY = 50;

export interface Places {
  readonly places: Readonly<Record<string, string>>;
}

type Refusal = Extract<CellAnswer, { kind: 'refused' }>;

export class DatasetPlaces {
  readonly #store: DatasetStore;
  readonly #cache: DatasetCache;
  readonly #hashes = new Map<string, string>();
  readonly #known = new Map<string, Promise<Places | Refusal>>();

  constructor(store: DatasetStore, cache: DatasetCache) {
    this.#store = store;
    this.#cache = cache;
  }

  /** @param ask tells the study what is lacking */
  of(request: CellRequest, ask: (hashes: readonly string[]) => Promise<void>): Promise<Places | Refusal> {
    const key = JSON.stringify([request.path, request.datasets, request.text]);
    let places = this.#known.get(key);
    if (places === undefined) {
      places = this.#find(request, ask);
      if (this.#known.size >= KNOWN) this.#known.delete(this.#known.keys().next().value!);
      this.#known.set(key, places);
      // What could not be had is looked for again.
      const forget = (): void => void this.#known.delete(key);
      places.then((found) => ('kind' in found ? forget() : undefined), forget);
    }
    return places;
  }

  async #find(
    { path, text, datasets = {} }: CellRequest,
    ask: (hashes: readonly string[]) => Promise<void>,
  ): Promise<Places | Refusal> {
    const names = [...datasetsElsewhere(parseScenario(path, text), datasets, this.#hashes)];
    const common = datasets[COMMON_CONTENTS];
    if (common !== undefined && shippedCommonContents()[COMMON_CONTENTS] !== common)
      names.push(COMMON_CONTENTS);
    const places: Record<string, string> = {};
    for (const name of names) {
      const hash = datasets[name];
      if (hash === undefined) continue;
      const found = this.#cache.find(hash) ?? (await this.#fetch(hash, ask));
      if (typeof found !== 'string') return lacking(name, hash, found.why);
      places[name] = found;
    }
    return { places };
  }

  async #fetch(
    hash: string,
    ask: (hashes: readonly string[]) => Promise<void>,
  ): Promise<string | { readonly why: string }> {
    for (let look = 0; look < LOOKS; look++) {
      const sent = await this.#store.get(hash);
      if (typeof sent === 'string') return { why: sent };
      if (sent !== undefined) return this.#cache.keep(hash, sent.ending, sent.bytes);
      if (look % ASK_EVERY === 0) await ask([hash]);
      await wait(LOOK_MS);
    }
    return { why: 'was asked for and did not come' };
  }
}

function lacking(name: string, hash: string, why: string): Refusal {
  const what = `a worker lacks dataset ${name} (SHA-256 ${hash.slice(0, 12)}…): it ${why}`;
  return {
    kind: 'refused',
    code: 'OVB_CELL_OTHER',
    at: name,
    what,
    mend: 'Copy the file to every worker, to the path that the scenario gives it.',
  };
}
