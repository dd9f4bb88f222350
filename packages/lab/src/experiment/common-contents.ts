/** Contents that many machines hold: what copies of one recorded guest go on sharing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { readDigest } from '@overbook/formats';
import type { ContentKeys, GuestSpec } from '@overbook/sim';

import { hashOfFile } from './datasets.ts';
import { DATASETS_FOLDER } from './shipped-datasets.ts';

/** In the folder `datasets`: what the shipped recordings have in common; made by tools/capture/common-contents.mjs. */
export const COMMON_CONTENTS = 'recordings/common.ovd';

/** Path of the list; undefined where the project's folder is not there. */
export function commonContentsFile(): string | undefined {
  const path = join(DATASETS_FOLDER, COMMON_CONTENTS);
  return existsSync(path) ? path : undefined;
}

/** SHA-256 of the list, by its name, where the guests are given it. */
export function hashOfCommonContents(guests: readonly GuestSpec[]): Readonly<Record<string, string>> {
  const isGiven = guests.some((guest) => guest.kind === 'recorded' && guest.commonContents !== undefined);
  return isGiven ? shippedCommonContents() : {};
}

/** SHA-256 of the list that this copy of the project has, by its name. */
export function shippedCommonContents(): Readonly<Record<string, string>> {
  const path = commonContentsFile();
  if (path === undefined) return {};
  hashed ??= hashOfFile(path);
  return { [COMMON_CONTENTS]: hashed };
}

let hashed: string | undefined;

let read: { readonly contentKey: string; readonly keys: ContentKeys } | undefined;

/** The guests with what is known of contents, where several replay one recording. */
export function withCommonContents(guests: readonly GuestSpec[]): readonly GuestSpec[] {
  const recorded = guests.flatMap((guest) =>
    guest.kind === 'recorded' ? [guest.recording, ...(guest.takes ?? [])] : [],
  );
  if (new Set(recorded).size === recorded.length) return guests;
  const { contentKey, keys } = shipped() ?? {};
  return guests.map((guest) =>
    guest.kind === 'recorded' && keys !== undefined && guest.recording.contentKey === contentKey
      ? { ...guest, commonContents: keys }
      : guest,
  );
}

function shipped(): typeof read {
  const path = commonContentsFile();
  if (path === undefined) return undefined;
  if (read === undefined) {
    const { contentKey, keyLo, keyHi } = readDigest(path);
    read = { contentKey, keys: { keyLo, keyHi } };
  }
  return read;
}
