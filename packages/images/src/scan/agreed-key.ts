/** The function of the keys: one for all images and digests of a set, or their keys tell nothing of each other. */
import { OverbookError, PAGE_BYTES } from '@overbook/core/units';
import type { ContentKeySpec } from './content-key.ts';
import { contentKeyOf } from './content-key.ts';
import type { DigestGuest } from './digest-guest.ts';
import type { MemorySource } from './scan-request.ts';

export interface AgreedKey {
  readonly spec: ContentKeySpec;
  readonly name: string;
  readonly zeroKey: Uint32Array;
}

/** One function for all: that of the digests, which must agree with each other and with what was asked for. */
export async function agreedKey(
  sources: readonly MemorySource[],
  digests: ReadonlyMap<number, DigestGuest>,
  asked: ContentKeySpec | undefined,
): Promise<AgreedKey> {
  const [first] = digests.entries();
  const onlyDigests = digests.size === sources.length;
  if (onlyDigests && asked === undefined && first !== undefined) {
    const name = first[1].contentKey;
    checkKeys(sources, digests, name, sources[first[0]]!.path);
    return { spec: { function: 'xxh3-64' }, name, zeroKey: first[1].zeroKey };
  }
  const spec = asked ?? specOf(first?.[1].contentKey, sources[first?.[0] ?? 0]!.path);
  const key = await contentKeyOf(spec);
  checkKeys(sources, digests, key.name, 'the images');
  const zeroKey = new Uint32Array(2);
  key.write(new Uint8Array(PAGE_BYTES), zeroKey);
  return { spec, name: key.name, zeroKey };
}

function specOf(name: string | undefined, at: string): ContentKeySpec {
  if (name === undefined || name === 'xxh3-64') return { function: 'xxh3-64' };
  if (name === 'sha256-64') return { function: 'sha256-64' };
  throw new OverbookError(
    'OVB_CONTENT_KEYS',
    at,
    `has content keys ${name}; the images beside it cannot be keyed alike without its secret`,
    'Give the secret, or digest the images with it and analyze the digests.',
  );
}

function checkKeys(
  sources: readonly MemorySource[],
  digests: ReadonlyMap<number, DigestGuest>,
  name: string,
  others: string,
): void {
  for (const [at, { contentKey }] of digests) {
    if (contentKey === name) continue;
    throw new OverbookError(
      'OVB_CONTENT_KEYS',
      sources[at]!.path,
      `has content keys ${contentKey}; ${others} ${others === 'the images' ? 'have' : 'has'} ${name}`,
      'Digest all again with one of them: keys of different functions or secrets cannot be compared.',
    );
  }
}
