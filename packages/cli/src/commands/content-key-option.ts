/** `--content-key` and `--secret-file`, which `digest` and `analyze` share. */
import { existsSync, readFileSync } from 'node:fs';

import { OverbookError } from '@overbook/core/units';
import type { ContentKeySpec } from '@overbook/images';

export interface ContentKeyWords {
  readonly contentKey?: 'sha256-64' | 'xxh3-64';
  readonly secretFile?: string;
}

/** The function that was asked for; undefined when none was. @throws OVB_FILE_UNREADABLE */
export function contentKeySpec({ contentKey, secretFile }: ContentKeyWords): ContentKeySpec | undefined {
  if (secretFile === undefined) return contentKey === undefined ? undefined : { function: contentKey };
  if (!existsSync(secretFile)) {
    const mend = 'Make one with: head -c 32 /dev/urandom > FILE.';
    throw new OverbookError('OVB_FILE_UNREADABLE', secretFile, 'the secret file does not exist', mend);
  }
  return { function: 'blake3-64-keyed', secret: Uint8Array.from(readFileSync(secretFile)) };
}
