/** `overbook digest`: a memory image to a page digest. */
import { existsSync, readFileSync } from 'node:fs';

import { OverbookError } from '@overbook/core';
import {
  blake3Key,
  type ContentKey,
  digestImage,
  digestTotals,
  sha256Key,
  writeDigest,
  xxh3Key,
} from '@overbook/images';
import { writeWhole } from '@overbook/lab';

import { EXIT, type Io } from '../process/io.ts';
import { grouped } from '../render/words.ts';

export interface DigestOptions {
  readonly output: string;
  readonly flags?: string;
  readonly contentKey: 'sha256-64' | 'xxh3-64';
  readonly secretFile?: string;
}

/** Writes the digest; says in one line what it holds. */
export async function digest(io: Io, image: string, options: DigestOptions): Promise<number> {
  const found = await digestImage(image, {
    contentKey: await keyOf(options),
    ...(options.flags === undefined ? {} : { roles: options.flags }),
  });
  writeWhole(options.output, (path) => writeDigest(path, found));
  const { contents, zeroPages, sameFilledPages } = digestTotals(found);
  const counts = [
    `${grouped(found.pages)} pages`,
    `${grouped(contents)} distinct contents`,
    `${grouped(zeroPages)} zero`,
  ];
  io.out(`${options.output}: ${counts.join(', ')}, ${grouped(sameFilledPages)} same-filled\n`);
  io.out(`keys ${found.contentKey}, sizes ${found.codec}\n`);
  return EXIT.fine;
}

function keyOf({ contentKey, secretFile }: DigestOptions): ContentKey | Promise<ContentKey> {
  if (secretFile === undefined) return contentKey === 'xxh3-64' ? xxh3Key : sha256Key;
  if (!existsSync(secretFile)) {
    const mend = 'Make one with: head -c 32 /dev/urandom > FILE.';
    throw new OverbookError('OVB_FILE_UNREADABLE', secretFile, 'there is no such secret file', mend);
  }
  return blake3Key(readFileSync(secretFile));
}
