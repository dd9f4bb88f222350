/** Recordings, traces and contents that a scenario names: found, hashed, read once. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';

import type { ContentTable } from '@overbook/core';
import { OverbookError } from '@overbook/core';
import { assumeUnknown, FILL_UNKNOWN, readDigest } from '@overbook/formats';
import type { Recording, Trace } from '@overbook/traces';
import { openRecording, readTrace } from '@overbook/traces';

import type { ScenarioFile } from '../scenario/read-scenario.ts';
import type { ScenarioGuest } from '../scenario/schema.ts';
import { nearest } from '../scenario/suggest.ts';
import type { Path } from '../scenario/problems.ts';
import { ProblemsError } from '../scenario/problems.ts';
import type { LoadedContents } from './loaded-datasets.ts';
import { LoadedDatasets } from './loaded-datasets.ts';
import type { DatasetFolders, DatasetUse } from './shipped-datasets.ts';
import { pathOfDataset, shippedDatasets, usable } from './shipped-datasets.ts';

/** Files that a guest is made of: key path within the guest, and the file as the scenario names it. */
export function filesOf(guest: ScenarioGuest): readonly { readonly path: Path; readonly file: string }[] {
  if ('recording' in guest) return recordingsOf(guest);
  if ('programs' in guest) return guest.programs.map((file, i) => ({ path: ['programs', i], file }));
  const image = guest.image === undefined ? [] : [{ path: ['image'], file: guest.image }];
  return 'trace' in guest ? [{ path: ['trace'], file: guest.trace }, ...image] : image;
}

function recordingsOf({
  recording,
}: Extract<ScenarioGuest, { recording: unknown }>): ReturnType<typeof filesOf> {
  if (typeof recording === 'string') return [{ path: ['recording'], file: recording }];
  return recording.map((file, i) => ({ path: ['recording', i], file }));
}

/**
 * SHA-256 of each dataset file, by the name that the scenario gives it. @param known by path: files that were hashed
 * @throws OVB_DATASET_MISSING, all at once
 */
export function hashDatasets(
  scenario: ScenarioFile,
  known: Map<string, string> = new Map(),
): Readonly<Record<string, string>> {
  const named = filesNamed(scenario);
  const places = new Set<string>();
  const missing = named.filter(
    // Guests made by one `count` name a file in one place.
    ({ path, at }) => !existsSync(path) && !places.has(at()) && places.add(at()).has(at()),
  );
  if (missing.length > 0) throw new ProblemsError(missing.map(missingDataset));
  const paths = new Map(named.map(({ file, path }) => [file, path]));
  const hashOf = (path: string): string => remember(known, path, () => hashOfFile(path));
  return Object.fromEntries([...paths.keys()].sort().map((file) => [file, hashOf(paths.get(file)!)]));
}

/**
 * Files of a scenario that are not here, or are others here than those that are wanted.
 * @param wanted SHA-256 by name @param known by path: files that were hashed
 */
export function datasetsElsewhere(
  scenario: ScenarioFile,
  wanted: Readonly<Record<string, string>>,
  known: Map<string, string> = new Map(),
): readonly string[] {
  const isHere = ({ file, path }: Named): boolean =>
    existsSync(path) && remember(known, path, () => hashOfFile(path)) === wanted[file];
  const elsewhere = filesNamed(scenario).filter((named) => !isHere(named));
  return [...new Set(elsewhere.map(({ file }) => file))];
}

/** Paths of a scenario's dataset files, by the name that it gives them. */
export function datasetPaths(scenario: ScenarioFile): ReadonlyMap<string, string> {
  return new Map(filesNamed(scenario).map(({ file, path }) => [file, path]));
}

function filesNamed(scenario: ScenarioFile): readonly Named[] {
  return scenario.scenario.guests.flatMap((guest, i) =>
    filesOf(guest).map(({ path, file }): Named => {
      const use = useOf(path);
      return {
        file,
        use,
        path: pathOfDataset(scenario, file, use),
        at: () => scenario.place(['guests', i, ...path]),
      };
    }),
  );
}

/** SHA-256 of a file. @throws OVB_FILE_UNREADABLE */
export function hashOfFile(path: string): string {
  return createHash('sha256').update(contentOf(path)).digest('hex');
}

/** A file as a scenario names it, and where it is. */
interface Named {
  readonly file: string;
  readonly use: DatasetUse;
  readonly path: string;
  /** Where the scenario names it: asked for where there is something to say. */
  readonly at: () => string;
}

/** What a guest's key says that its file is. */
function useOf([key]: Path): DatasetUse {
  return key === 'recording' || key === 'image' ? key : 'trace';
}

function contentOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const what = `cannot be read (${(cause as { code?: string }).code ?? String(cause)})`;
    throw new OverbookError('OVB_FILE_UNREADABLE', path, what, 'Check the path and the permissions.', cause);
  }
}

/** Which line would work: a file of the folder, or one that ships. */
function missingDataset({ file, use, path, at }: Named): OverbookError {
  const folder = dirname(path);
  const there = existsSync(folder)
    ? readdirSync(folder).filter((name) => extname(name) === extname(path))
    : [];
  const shipped = shippedDatasets().flatMap((one) => (usable(one, use) ? [one.name] : []));
  const own = nearest(basename(path), there.sort());
  const name = nearest(basename(file, extname(file)), [...shipped]);
  const line = own === undefined ? name : `${dirname(file) === '.' ? '' : `${dirname(file)}/`}${own}`;
  const key = use === 'trace' ? 'trace' : use;
  const mend = [
    line === undefined ? undefined : `Did you mean \`${key}: ${line}\`?`,
    `The folder searched, ${folder}, has ${there.length === 0 ? 'none' : there.join(', ')};`,
    '`datasets:` is relative to the scenario file.',
    shipped.length === 0
      ? undefined
      : `By name, from anywhere: ${shipped.join(', ')} (\`overbook datasets\`).`,
  ];
  return new OverbookError(
    'OVB_DATASET_MISSING',
    at(),
    `dataset ${file} does not exist`,
    mend.filter((part) => part !== undefined).join(' '),
  );
}

/** Reads datasets, each once, whatever a scenario calls it. */
export class DatasetShelf {
  readonly #folders: DatasetFolders;
  readonly #hashes: Readonly<Record<string, string>>;
  readonly #loaded: LoadedDatasets;

  /**
   * @param hashes of files by name: names of one hash are one file
   * @param loaded what other shelves read already
   */
  constructor(
    folders: DatasetFolders,
    hashes: Readonly<Record<string, string>> = {},
    loaded = new LoadedDatasets(),
  ) {
    this.#folders = folders;
    this.#hashes = hashes;
    this.#loaded = loaded;
  }

  /** Checked against its checksums; decoded when it is used. */
  recording(file: string): Recording {
    return remember(this.#loaded.recordings, this.#keyOf(file), () =>
      openRecording(pathOfDataset(this.#folders, file, 'recording')),
    );
  }

  trace(file: string): Trace {
    return remember(this.#loaded.traces, this.#keyOf(file), () =>
      readTrace(pathOfDataset(this.#folders, file, 'trace')),
    );
  }

  /** Page contents of a digest, or of an image with its bytes. Unknown pages are taken for the guest's own. */
  async contents(file: string, guest: string): Promise<ContentTable> {
    const path = pathOfDataset(this.#folders, file, 'image');
    return assumeUnknown(
      await remember(this.#loaded.contents, this.#keyOf(file), () => readContents(path)),
      guest,
    );
  }

  #keyOf(file: string): string {
    return this.#hashes[file] ?? file;
  }
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}

/** An image with unknown pages has no bytes to give. */
async function readContents(path: string): Promise<LoadedContents> {
  const { digestImage, isDigestFile, readImage } = await import('@overbook/images'); // large: readers, codecs, hashes
  if (isDigestFile(path)) return readDigest(path);
  const digest = await digestImage(path);
  return digest.fill.includes(FILL_UNKNOWN) ? digest : { ...digest, bytes: await readImage(path) };
}
