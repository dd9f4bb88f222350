/** `overbook digest`: a memory image to a page digest. */
import { availableParallelism } from 'node:os';

import type { DigestTotals } from '@overbook/formats';
import { digestTotals, writeDigest } from '@overbook/formats';
import { contentKeyOf, digestImage } from '@overbook/images';
import { grouped } from '@overbook/lab/words';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { refuseOtherKind } from '../process/other-kind.ts';
import { outFile } from '../process/out-file.ts';
import { scanBar } from '../process/scan-progress.ts';
import { contentKeySpec } from './content-key-option.ts';
import type { MadeBy } from './image-command.ts';
import { imageCommand } from './image-command.ts';
import type { ImageWords } from './image-options.ts';
import { openingOf } from './image-options.ts';

export interface DigestWords extends ImageWords {
  readonly out: string;
  readonly flags?: string;
  readonly contentKey: 'sha256-64' | 'xxh3-64';
  readonly secretFile?: string;
  readonly json?: true;
}

/** What `digest --json` prints: docs/digest.schema.json. */
export interface DigestAnswer extends DigestTotals {
  readonly schema: 'overbook.digest/1';
  readonly digest: string;
  readonly pages: number;
  readonly contentKey: string;
  readonly codec: string;
  readonly image: {
    readonly path: string;
    readonly format: string;
    readonly fileBytes: number;
    readonly sha256: string;
    readonly notes: readonly string[];
  };
  readonly made: MadeBy;
}

/** Writes the digest; says in two lines what it holds. */
export async function digest(io: Io, image: string, options: DigestWords, version: string): Promise<number> {
  refuseOtherKind('image', image, io.self);
  const out = outFile(io, options.out);
  const contentKey = await contentKeyOf(contentKeySpec(options)!);
  const { open, readers } = await openingOf(options);
  let opened = { format: '', fileBytes: 0, notes: [] as readonly string[] };
  const bar = await scanBar(io);
  const found = await digestImage(image, {
    contentKey,
    open,
    ...readers,
    workers: availableParallelism(),
    signal: io.signal,
    onProgress: bar.update,
    onOpened: (told) => void (opened = told),
    ...(options.flags === undefined ? {} : { roles: options.flags }),
  }).finally(bar.stop);
  out.write((path) => writeDigest(path, found), options.secretFile !== undefined);
  const totals = digestTotals(found);
  const { contents, zeroPages, sameFilledPages, unknownPages } = totals;
  if (options.json === true) {
    const answer: DigestAnswer = {
      schema: 'overbook.digest/1',
      digest: options.out,
      pages: found.pages,
      ...totals,
      contentKey: found.contentKey,
      codec: found.codec,
      image: { path: image, ...opened, sha256: found.imageSha256 },
      made: {
        version,
        command: imageCommand('digest', [image], { ...options }),
        options: {
          contentKey: options.contentKey,
          isKeyed: options.secretFile !== undefined,
          format: options.format ?? null,
          deviceMemory: options.deviceMemory ?? false,
          holes: options.holes ?? null,
        },
      },
    };
    out.say(`${JSON.stringify(answer, null, 2)}\n`);
    return EXIT.fine;
  }
  const counts = [
    `${grouped(found.pages)} pages`,
    `${grouped(contents)} distinct contents`,
    `${grouped(zeroPages)} zero`,
    ...(unknownPages === 0 ? [] : [`${grouped(unknownPages)} unknown`]),
  ];
  out.say(`${options.out}: ${counts.join(', ')}, ${grouped(sameFilledPages)} same-filled\n`);
  out.say(`keys ${found.contentKey}, sizes ${found.codec}\n`);
  for (const note of opened.notes) out.say(`note: ${note}\n`);
  return EXIT.fine;
}
