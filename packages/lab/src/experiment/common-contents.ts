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

/** SHA-256 of the list, by its name, where the guests are given it. @param file another list than the shipped one */
export function hashOfCommonContents(
  guests: readonly GuestSpec[],
  file?: string,
): Readonly<Record<string, string>> {
  const isGiven = guests.some((guest) => guest.kind === 'recorded' && guest.commonContents !== undefined);
  return isGiven ? commonContentsIn(file ?? commonContentsFile()) : {};
}

/** SHA-256 of the list that this copy of the project has, by its name. */
export function shippedCommonContents(): Readonly<Record<string, string>> {
  return commonContentsIn(commonContentsFile());
}

function commonContentsIn(path: string | undefined): Readonly<Record<string, string>> {
  if (path === undefined) return {};
  const hash = hashed.get(path) ?? hashOfFile(path);
  hashed.set(path, hash);
  return { [COMMON_CONTENTS]: hash };
}

interface CommonList {
  readonly contentKey: string;
  readonly keys: ContentKeys;
}

const hashed = new Map<string, string>();
const lists = new Map<string, CommonList>();

/** The guests with what is known of contents, where several replay one recording. @param file another list */
export function withCommonContents(guests: readonly GuestSpec[], file?: string): readonly GuestSpec[] {
  const recorded = guests.flatMap((guest) =>
    guest.kind === 'recorded' ? [guest.recording, ...(guest.takes ?? [])] : [],
  );
  if (new Set(recorded).size === recorded.length) return guests;
  const { contentKey, keys } = listIn(file ?? commonContentsFile()) ?? {};
  return guests.map((guest) =>
    guest.kind === 'recorded' && keys !== undefined && guest.recording.contentKey === contentKey
      ? { ...guest, commonContents: keys }
      : guest,
  );
}

function listIn(path: string | undefined): CommonList | undefined {
  if (path === undefined) return undefined;
  let list = lists.get(path);
  if (list === undefined) {
    const { contentKey, keyLo, keyHi } = readDigest(path);
    list = { contentKey, keys: { keyLo, keyHi } };
    lists.set(path, list);
  }
  return list;
}
