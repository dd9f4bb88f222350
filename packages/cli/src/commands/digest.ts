/** `overbook digest`: a memory image to a page digest. */
import { availableParallelism } from 'node:os';

import { digestTotals, writeDigest } from '@overbook/formats';
import { contentKeyOf, digestImage } from '@overbook/images';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { outFile } from '../process/out-file.ts';
import { scanBar } from '../process/scan-progress.ts';
import { grouped } from '../render/words.ts';
import { contentKeySpec } from './content-key-option.ts';
import type { ImageWords } from './image-options.ts';
import { openingOf } from './image-options.ts';

export interface DigestOptions extends ImageWords {
  readonly out: string;
  readonly flags?: string;
  readonly contentKey: 'sha256-64' | 'xxh3-64';
  readonly secretFile?: string;
}

/** Writes the digest; says in two lines what it holds. */
export async function digest(io: Io, image: string, options: DigestOptions): Promise<number> {
  const out = outFile(io, options.out);
  const contentKey = await contentKeyOf(contentKeySpec(options)!);
  const { open, readers } = await openingOf(options);
  const bar = await scanBar(io);
  const found = await digestImage(image, {
    contentKey,
    open,
    ...readers,
    workers: availableParallelism(),
    signal: io.signal,
    onProgress: bar.update,
    ...(options.flags === undefined ? {} : { roles: options.flags }),
  }).finally(bar.stop);
  out.write((path) => writeDigest(path, found), options.secretFile !== undefined);
  const { contents, zeroPages, sameFilledPages, unknownPages } = digestTotals(found);
  const counts = [
    `${grouped(found.pages)} pages`,
    `${grouped(contents)} distinct contents`,
    `${grouped(zeroPages)} zero`,
    ...(unknownPages === 0 ? [] : [`${grouped(unknownPages)} unknown`]),
  ];
  out.say(`${options.out}: ${counts.join(', ')}, ${grouped(sameFilledPages)} same-filled\n`);
  out.say(`keys ${found.contentKey}, sizes ${found.codec}\n`);
  return EXIT.fine;
}
