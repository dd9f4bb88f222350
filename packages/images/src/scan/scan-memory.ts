/**
 * From images and digests to a MemorySet: opened, keyed by worker threads, numbered in order, compressed once
 * each.
 */
import type { MemoryImage } from '../readers/memory-image.ts';
import { openImage } from '../readers/open-image.ts';
import { agreedKey } from './agreed-key.ts';
import { agreedCodecs, compressContents } from './compress-contents.ts';
import type { KnownSizes } from './digest-guest.ts';
import { digestGuest, isDigestFile } from './digest-guest.ts';
import { checkSize, laidOut } from './guest-layout.ts';
import { uniqueNames } from './guest-names.ts';
import type { MemorySet } from './memory-set.ts';
import { keyContents } from './number-contents.ts';
import { shareRanges } from './row-ranges.ts';
import type { MemorySource, ScanOptions } from './scan-request.ts';
import type { WorkPool } from './work-pool.ts';
import { workPool } from './work-pool.ts';

/** An opened set: use it, then close it. Bytes can be read as long as it is open. */
export interface OpenSet {
  readonly set: MemorySet;
  /** Images of the guests, by guest; absent where it is a digest. */
  readonly images: readonly (MemoryImage | undefined)[];
  readonly pool: WorkPool;
  close(): Promise<void>;
}

/**
 * Reads all sources. Figures do not depend on the number of workers. Memory: some 20 bytes a stored page and 40 a
 * distinct content. Throws OVB_IMAGE_*, OVB_DIGEST_*, OVB_CONTENT_KEYS, OVB_CODEC_SIZES, OVB_ROLES_CORRUPT.
 */
export async function openSet(sources: readonly MemorySource[], options: ScanOptions = {}): Promise<OpenSet> {
  const images: (MemoryImage | undefined)[] = [];
  let pool: WorkPool | undefined;
  const close = async (): Promise<void> => {
    await pool?.close();
    for (const image of images) image?.close();
  };
  try {
    const { readers = [], readersInThreads } = options;
    const digests = new Map<number, ReturnType<typeof digestGuest>>();
    const names = uniqueNames(sources);
    for (const [at, source] of sources.entries()) {
      if (isDigestFile(source.path)) digests.set(at, digestGuest(source, names[at]!));
      else images[at] = await openImage(source.path, { ...source.open, readers });
    }
    const codecs = agreedCodecs([...digests.values()], options);
    const contentKey = await agreedKey(sources, digests, options.contentKey);
    const scanned = [...sources.keys()].filter((at) => !digests.has(at));
    const guests = sources.map(
      (source, at) => digests.get(at)?.guest ?? laidOut(images[at]!, source, names[at]!),
    );
    checkSize(guests);
    pool = await workPool(
      {
        images: scanned.map((at) => ({
          handle: images[at]!.handle,
          ranges: shareRanges(guests[at]!.ranges),
          columns: guests[at]!.columns,
        })),
        contentKey: contentKey.spec,
        codecs,
        ...(readersInThreads === undefined ? {} : { readersInThreads }),
      },
      {
        ...options,
        workers: threadsFor(images, codecs.length > 0 || contentKey.spec.function !== 'xxh3-64', options),
      },
    );
    const book = await keyContents(guests, scanned, pool, contentKey.zeroKey, options);
    const known: KnownSizes = { guests, digests: [...digests.values()] };
    const set = await compressContents(
      {
        guests,
        book,
        counts: book.counts(),
        contentKey: contentKey.name,
        zeroKey: contentKey.zeroKey,
      },
      known,
      scanned,
      pool,
      { ...options, codecs },
    );
    for (const image of images) image?.checkUnchanged();
    return { set, images, pool, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Chosen: pages whose work is worth the start of one thread more. Measured: 512 MiB of sharing take 0.7 s with one and
 * with two, 1 GiB gains a sixth; 48 MiB with two codecs gain a fifth.
 */
const PAGES_PER_THREAD = { slow: 8192, fast: 262_144 } as const;

/** Threads worth having. */
function threadsFor(
  images: readonly (MemoryImage | undefined)[],
  isSlow: boolean,
  { workers, readers = [], readersInThreads }: ScanOptions,
): number {
  if (readers.length > 0 && readersInThreads === undefined) return 1;
  let stored = 0;
  for (const image of images) stored += image?.counts().stored ?? 0;
  const perThread = isSlow ? PAGES_PER_THREAD.slow : PAGES_PER_THREAD.fast;
  return Math.min(workers ?? 1, 1 + Math.floor(stored / perThread));
}
