/** Recordings, traces and contents that a scenario names: found, hashed, read once. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';

import type { ContentTable } from '@overbook/core';
import { OverbookError } from '@overbook/core';
import type { PageDigest } from '@overbook/formats';
import { assumeUnknown, FILL_UNKNOWN, readDigest } from '@overbook/formats';
import type { Recording, Trace } from '@overbook/traces';
import { openRecording, readTrace } from '@overbook/traces';

import type { ScenarioFile } from '../scenario/read-scenario.ts';
import type { ScenarioGuest } from '../scenario/schema.ts';
import { nearest } from '../scenario/suggest.ts';
import type { Path } from '../scenario/problems.ts';
import { ProblemsError } from '../scenario/problems.ts';

/** Files that a guest is made of: key path within the guest, and the file as the scenario names it. */
export function filesOf(guest: ScenarioGuest): readonly { readonly path: Path; readonly file: string }[] {
  if ('recording' in guest) return [{ path: ['recording'], file: guest.recording }];
  if ('programs' in guest) return guest.programs.map((file, i) => ({ path: ['programs', i], file }));
  const image = guest.image === undefined ? [] : [{ path: ['image'], file: guest.image }];
  return 'trace' in guest ? [{ path: ['trace'], file: guest.trace }, ...image] : image;
}

/** SHA-256 of each dataset file, by the name that the scenario gives it. @throws OVB_DATASET_MISSING, all at once */
export function hashDatasets({ scenario, datasets, place }: ScenarioFile): Readonly<Record<string, string>> {
  const named = scenario.guests.flatMap((guest, i) =>
    filesOf(guest).map(({ path, file }) => ({ file, at: place(['guests', i, ...path]) })),
  );
  const places = new Set<string>();
  const missing = named.filter(
    // Guests made by one `count` name a file in one place.
    ({ file, at }) => !existsSync(resolve(datasets, file)) && !places.has(at) && places.add(at).has(at),
  );
  if (missing.length > 0)
    throw new ProblemsError(missing.map(({ file, at }) => missingDataset(resolve(datasets, file), file, at)));
  const files = [...new Set(named.map(({ file }) => file))].sort();
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(contentOf(resolve(datasets, file)))
        .digest('hex'),
    ]),
  );
}

function contentOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const what = `cannot be read (${(cause as { code?: string }).code ?? String(cause)})`;
    throw new OverbookError('OVB_FILE_UNREADABLE', path, what, 'Check the path and the permissions.', cause);
  }
}

function missingDataset(path: string, file: string, at: string): OverbookError {
  const folder = dirname(path);
  const there = existsSync(folder)
    ? readdirSync(folder).filter((name) => extname(name) === extname(path))
    : [];
  const near = nearest(basename(path), there.sort());
  const among = there.length === 0 ? `${folder} holds none.` : `${folder} holds: ${there.join(', ')}.`;
  return new OverbookError(
    'OVB_DATASET_MISSING',
    at,
    `there is no dataset ${file}`,
    near === undefined ? among : `Did you mean '${near}'? ${among}`,
  );
}

/** Reads datasets, each once. */
export class DatasetShelf {
  readonly #folder: string;
  readonly #recordings = new Map<string, Recording>();
  readonly #traces = new Map<string, Trace>();
  readonly #contents = new Map<string, Promise<PageDigest & Pick<ContentTable, 'bytes'>>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Checked against its checksums; decoded when it is used. */
  recording(file: string): Recording {
    return remember(this.#recordings, file, () => openRecording(resolve(this.#folder, file)));
  }

  trace(file: string): Trace {
    return remember(this.#traces, file, () => readTrace(resolve(this.#folder, file)));
  }

  /** Page contents of a digest, or of an image with its bytes. Unknown pages are taken for the guest's own. */
  async contents(file: string, guest: string): Promise<ContentTable> {
    const path = resolve(this.#folder, file);
    return assumeUnknown(await remember(this.#contents, file, () => readContents(path)), guest);
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
async function readContents(path: string): Promise<PageDigest & Pick<ContentTable, 'bytes'>> {
  const { digestImage, isDigestFile, readImage } = await import('@overbook/images'); // large: readers, codecs, hashes
  if (isDigestFile(path)) return readDigest(path);
  const digest = await digestImage(path);
  return digest.fill.includes(FILL_UNKNOWN) ? digest : { ...digest, bytes: await readImage(path) };
}
