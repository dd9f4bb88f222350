/** Datasets that come with the project: datasets/catalogue.json names them, and scenarios anywhere may do so too. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { ScenarioFile } from '../scenario/read-scenario.ts';

/** What a dataset holds. */
export type DatasetKind = 'recording' | 'trace' | 'image' | 'digest';

/** One of them. */
export interface ShippedDataset {
  /** What a scenario may call it: `recording: redis`. Unique among those of a use. */
  readonly name: string;
  readonly kind: DatasetKind;
  /** Below the folder `datasets` of the project. */
  readonly file: string;
  readonly what: string;
  readonly from: string;
}

/** Where a scenario's files are looked for. */
export type DatasetFolders = Pick<ScenarioFile, 'datasets' | 'places'>;

/** What a guest uses a file as. */
export type DatasetUse = 'recording' | 'trace' | 'image';

/** The folder of a clone, from the sources as from the build. A package from a registry has none. */
export const DATASETS_FOLDER = fileURLToPath(new URL('../../../../datasets', import.meta.url));

let catalogue: readonly ShippedDataset[] | undefined;

/** All of them; none where the project's folder is not there. */
export function shippedDatasets(): readonly ShippedDataset[] {
  const path = join(DATASETS_FOLDER, 'catalogue.json');
  catalogue ??= existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as readonly ShippedDataset[]) : [];
  return catalogue;
}

/** Bytes of its file. */
export function sizeOfDataset({ file }: ShippedDataset): number {
  return statSync(join(DATASETS_FOLDER, file)).size;
}

/**
 * Path of a file that a scenario names: below its own `datasets` folder, else one that ships, by its name or by its
 * path below the project's folder. What is there in neither is where the scenario says. Files with a place of their own
 * are there, whatever lies elsewhere.
 */
export function pathOfDataset(
  { datasets: folder, places }: DatasetFolders,
  file: string,
  use: DatasetUse,
): string {
  const place = places?.[file];
  if (place !== undefined) return place;
  const own = resolve(folder, file);
  if (existsSync(own)) return own;
  const shipped = shippedDatasets().find(
    (one) => usable(one, use) && (one.name === file || one.file === file),
  );
  return shipped === undefined ? own : join(DATASETS_FOLDER, shipped.file);
}

/** Those that a guest may use so: an image may be given by its digest. */
export function usable({ kind }: ShippedDataset, use: DatasetUse): boolean {
  return kind === use || (use === 'image' && kind === 'digest');
}
