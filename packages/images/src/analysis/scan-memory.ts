/**
 * From images and digests to a MemorySet: opened, keyed by worker threads, numbered in order, compressed once
 * each.
 */
import { basename } from 'node:path';
import { FILL_SAME, FILL_ZERO, OverbookError, PAGE_BYTES } from '@overbook/core/units';
import { type ContentKeySpec, contentKeyOf } from '../digest/content-key.ts';
import { PAGE_DATA, PAGE_ZERO } from '../readers/image-reader.ts';
import type { MemoryImage } from '../readers/memory-image.ts';
import { openImage } from '../readers/open-image.ts';
import { readPageFlags } from '../roles/page-flags-file.ts';
import { agreedCodecs, compressContents } from './compress-contents.ts';
import { ContentBook, NO_CONTENT, ZERO_CONTENT } from './content-book.ts';
import { digestGuest, isDigestFile, type KnownSizes } from './digest-guest.ts';
import { addCounts, type GuestMemory, layoutZeroPages, type MemorySet } from './memory-set.ts';
import { type RowRange, shareRanges, spanBytes, taskSpans } from './row-ranges.ts';
import type { MemorySource, ScanOptions } from './scan-request.ts';
import { KIND_UNKNOWN, rowColumns, type WorkTask } from './work-plan.ts';
import { type WorkPool, workPool } from './work-pool.ts';

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
    const book = await keyed(guests, scanned, pool, contentKey.zeroKey, options);
    const known: KnownSizes = { guests, digests: [...digests.values()] };
    const set = await compressContents(
      {
        guests,
        book,
        counts: countsOf(guests, book),
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

/** Endings that tell a format or a packing, up to two of them. */
const ENDINGS = /(?<=.)(\.(raw|vmem|img|bin|elf|core|dump|lime|ovd))?(\.(gz|br|zst))?$/i;

/** Pages of each content. */
function countsOf(guests: readonly GuestMemory[], book: ContentBook): Uint32Array {
  const counts = new Uint32Array(book.count);
  for (const guest of guests) addCounts(guest, counts);
  return counts;
}

/** The file's name without folder and endings; `-2`, `-3` where it is taken. */
function uniqueNames(sources: readonly MemorySource[]): string[] {
  const taken = new Set<string>();
  return sources.map(({ name, path }) => {
    const plain = name ?? (path === '-' ? 'stdin' : basename(path).replace(ENDINGS, ''));
    let unique = plain;
    for (let copy = 2; taken.has(unique); copy++) unique = `${plain}-${copy}`;
    taken.add(unique);
    return unique;
  });
}

/** Chosen: pages whose work is worth the start of one thread more. */
const PAGES_PER_THREAD = { slow: 8192, fast: 65_536 } as const;

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

interface AgreedKey {
  readonly spec: ContentKeySpec;
  readonly name: string;
  readonly zeroKey: Uint32Array;
}

/** One function for all: that of the digests, which must agree with each other and with what was asked for. */
async function agreedKey(
  sources: readonly MemorySource[],
  digests: ReadonlyMap<number, ReturnType<typeof digestGuest>>,
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
    `has content keys ${name}, and the images beside it cannot be keyed like that without its secret`,
    'Give the secret, or digest the images with it and analyze the digests.',
  );
}

function checkKeys(
  sources: readonly MemorySource[],
  digests: ReadonlyMap<number, ReturnType<typeof digestGuest>>,
  name: string,
  others: string,
): void {
  for (const [at, { contentKey }] of digests) {
    if (contentKey === name) continue;
    throw new OverbookError(
      'OVB_CONTENT_KEYS',
      sources[at]!.path,
      `has content keys ${contentKey}; ${others} ${others === 'the images' ? 'have' : 'has'} ${name}`,
      'Keys of different functions or secrets tell nothing about each other: digest again with one of them.',
    );
  }
}

/** The layout of an image as rows and ranges. */
function laidOut(image: MemoryImage, source: MemorySource, name: string): GuestMemory {
  const ranges: RowRange[] = [];
  const zeroRanges: { first: number; count: number }[] = [];
  let rows = 0;
  for (const { first, count, state } of image.extents()) {
    if (state === PAGE_ZERO) zeroRanges.push({ first, count });
    if (state !== PAGE_DATA) continue;
    ranges.push({ first, count, row: rows });
    rows += count;
  }
  const counts = image.counts();
  return {
    name,
    path: source.path,
    format: image.format,
    pageEnd: image.pageEnd,
    pages: counts.pages,
    ranges,
    rows,
    columns: rowColumns(rows),
    content: new Uint32Array(new SharedArrayBuffer(rows * 4)),
    zeroRanges,
    unknownByLayout: counts.unknown,
    role: source.flags === undefined ? undefined : readPageFlags(source.flags, image.pageEnd).role,
    notes: image.notes,
  };
}

/** Pages of one content are counted in 32 bits. */
function checkSize(guests: readonly GuestMemory[]): void {
  let known = 0;
  for (const guest of guests) {
    known += guest.rows + layoutZeroPages(guest);
    if (known < NO_CONTENT) continue;
    const what = `${known} pages are known up to here`;
    throw new OverbookError('OVB_IMAGE_TOO_LARGE', guest.path, what, 'Analyze at most 16 TiB at a time.');
  }
}

/** Hashes all images; numbers contents in the order of guests and rows, whatever the order of the workers. */
async function keyed(
  guests: readonly GuestMemory[],
  scanned: readonly number[],
  pool: WorkPool,
  zeroKey: Uint32Array,
  options: ScanOptions,
): Promise<ContentBook> {
  const book = new ContentBook(zeroKey);
  const tasks: WorkTask[] = [];
  const spans: { readonly guest: number; readonly from: number; readonly to: number }[] = [];
  for (const [image, guest] of scanned.entries()) {
    for (const span of taskSpans(guests[guest]!.rows)) {
      tasks.push({ kind: 'hash', image, ...span });
      spans.push({ guest, ...span });
    }
  }
  const totalBytes = spans.reduce((sum, span) => sum + spanBytes(span), 0);
  let doneBytes = 0;
  let booked = 0; // guests before this one are numbered
  const bookDigestsUpTo = (guest: number): void => {
    for (; booked < guest; booked++)
      if (!scanned.includes(booked)) number(guests, booked, 0, guests[booked]!.rows, book);
  };
  const answers = await pool.runAll(tasks, (index) => {
    const { guest, from, to } = spans[index]!;
    bookDigestsUpTo(guest);
    booked = guest;
    number(guests, guest, from, to, book);
    doneBytes += spanBytes(spans[index]!);
    options.onProgress?.({ phase: 'read', doneBytes, totalBytes });
  });
  bookDigestsUpTo(guests.length);
  for (const { filled } of answers)
    for (const { keyLo, keyHi, word } of filled ?? [])
      book.words.set(book.add(keyLo, keyHi, FILL_SAME, 0, 0), word);
  return book;
}

function number(
  guests: readonly GuestMemory[],
  guest: number,
  from: number,
  to: number,
  book: ContentBook,
): void {
  const { content, columns } = guests[guest]!;
  const { keys, kinds } = columns;
  for (let row = from; row < to; row++) {
    const kind = kinds[row]!;
    if (kind === FILL_ZERO) content[row] = ZERO_CONTENT;
    else if (kind >= KIND_UNKNOWN) content[row] = NO_CONTENT;
    else content[row] = book.add(keys[row * 2]!, keys[row * 2 + 1]!, kind, guest, row);
  }
}
