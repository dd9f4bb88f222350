/** The whole analysis of a set of memories: what sharing and compression would give, and what that costs. */
import type { CodecName } from '../scan/page-codec.ts';
import type { CompressionFigures } from './compression.ts';
import { compressionFigures } from './compression.ts';
import type { ExposureFigures } from './exposure.ts';
import { exposureFigures } from './exposure.ts';
import type { LargePageFigures } from './large-pages.ts';
import { largePageFigures } from './large-pages.ts';
import type { MemoryMap } from './memory-map.ts';
import { memoryMaps } from './memory-map.ts';
import type { MemorySet } from '../scan/memory-set.ts';
import type { RepeatedContent } from './repeated-contents.ts';
import { repeatedContents } from './repeated-contents.ts';
import type { OpenSet } from '../scan/scan-memory.ts';
import { openSet } from '../scan/scan-memory.ts';
import type { MemorySource, ScanOptions } from '../scan/scan-request.ts';
import type { SequenceFigures } from './sequence.ts';
import { sequenceFigures } from './sequence.ts';
import type { ImageFigures, SaltGroup, SharingFigures } from './sharing.ts';
import { imageFigures, sharingFigures } from './sharing.ts';
import type { StoreKernel, StoreRules } from './store-rules.ts';
import { storeRules } from './store-rules.ts';
import type { SimilarFigures } from './similar-pages.ts';
import { findSimilar } from './similar-pages.ts';
import type { VerifyFigures } from './verify-contents.ts';
import { needBytes, verifyContents } from './verify-contents.ts';

export interface AnalyzeOptions extends ScanOptions {
  /** Guests that may share with each other; others share within themselves only. */
  readonly groups?: readonly SaltGroup[];
  /** Most pages on one frame, as KSM's `max_page_sharing`; no limit by default. */
  readonly maxPageSharing?: number;
  /** Sharing only: nothing is compressed. */
  readonly only?: 'sharing';
  /** Look for near-duplicates, and let patches take their part in the sequence. */
  readonly similar?: boolean;
  /** Compare the bytes of pages that have one key. */
  readonly verify?: boolean;
  /** Most repeated contents to name; 10 by default. */
  readonly top?: number;
  /** Whose zram and zswap: figures differ by kernel. */
  readonly stores?: StoreKernel;
}

/** Plain data; the same for any number of workers. Version of its form: `schema`. */
export interface Analysis {
  readonly schema: 'overbook.analyze/1';
  readonly contentKey: string;
  /** Chance that any two different pages have one key, if no page was made to collide: n² / 2^65, two digits. */
  readonly collisionProbability: number;
  readonly maxPageSharing: number | null;
  readonly images: readonly ImageFigures[];
  readonly sharing: SharingFigures;
  readonly mostRepeated: readonly RepeatedContent[];
  readonly largePages: LargePageFigures;
  readonly exposure: ExposureFigures;
  readonly verified?: VerifyFigures;
  /** Whose zram and zswap `compression` follows. Absent with `only: 'sharing'`, as what follows. */
  readonly stores?: { readonly kernel: string; readonly zsmallocChain: number };
  /** By codec. */
  readonly compression?: Readonly<Record<string, CompressionFigures>>;
  readonly similar?: SimilarFigures;
  readonly sequence?: SequenceFigures;
  readonly maps?: readonly MemoryMap[];
}

const TOP = 10;
const DEFAULT_CODECS: readonly CodecName[] = ['lz4', 'zstd'];

/**
 * Analyses images and digests. Memory: some 20 bytes a stored page, 50 a distinct content, a few MiB a worker. Throws
 * OVB_IMAGE_*, OVB_DIGEST_*, OVB_FILE_UNREADABLE, OVB_CONTENT_KEYS, OVB_CODEC_SIZES, OVB_NEEDS_BYTES, OVB_GROUP.
 */
export async function analyzeImages(
  sources: readonly MemorySource[],
  options: AnalyzeOptions = {},
): Promise<Analysis> {
  if (options.verify === true) needBytes(sources, '--verify');
  if (options.similar === true) needBytes(sources, '--similar');
  const rules = storeRules(options.stores);
  const codecs = options.only === 'sharing' ? [] : (options.codecs ?? DEFAULT_CODECS);
  const open = await openSet(sources, { ...options, codecs, optionalCodecs: options.codecs === undefined });
  try {
    const analysis = await analysisOf(open, options, rules);
    for (const image of open.images) image?.checkUnchanged();
    return analysis;
  } finally {
    await open.close();
  }
}

async function analysisOf(
  { set, images: opened, pool }: OpenSet,
  options: AnalyzeOptions,
  rules: StoreRules,
): Promise<Analysis> {
  const limit = options.maxPageSharing;
  const images = imageFigures(set, limit);
  const sharing = sharingFigures(set, images, options.groups ?? [], limit);
  const verified = options.verify === true ? await verifyContents(set, pool, options) : undefined;
  const analysis: Analysis = {
    schema: 'overbook.analyze/1',
    contentKey: set.contentKey,
    collisionProbability: Number((set.book.size ** 2 / 2 ** 65).toPrecision(2)),
    maxPageSharing: limit ?? null,
    images,
    sharing,
    mostRepeated: repeatedContents(set, options.top ?? TOP),
    largePages: largePageFigures(set, sharing.acrossVms.savedPages),
    exposure: exposureFigures(set, limit),
    ...(verified === undefined ? {} : { verified }),
  };
  if (options.only === 'sharing') return analysis;
  const similar = options.similar === true ? await findSimilar(set, opened, options) : undefined;
  return { ...analysis, ...compressed(set, similar, limit, rules) };
}

function compressed(
  set: MemorySet,
  similar: Awaited<ReturnType<typeof findSimilar>> | undefined,
  limit: number | undefined,
  rules: StoreRules,
): Pick<Analysis, 'stores' | 'compression' | 'similar' | 'sequence' | 'maps'> {
  const codec = set.sizes.has('lz4') ? 'lz4' : [...set.sizes.keys()][0];
  return {
    stores: { kernel: rules.kernel, zsmallocChain: rules.zsmallocChain },
    compression: compressionFigures(set, rules),
    ...(similar === undefined ? {} : { similar: similar.figures }),
    ...(codec === undefined ? {} : { sequence: sequenceFigures(set, codec, similar?.patches, limit) }),
    maps: memoryMaps(set),
  };
}
