/** Sizes every distinct content once: from digests where they know it, else by the worker threads. */
import { FILL_ZERO, OverbookError } from '@overbook/core/units';
import type { CodecName } from './page-codec.ts';
import { codecVersion } from './page-codec.ts';
import { NO_CONTENT } from './content-book.ts';
import type { DigestGuest, KnownSizes } from './digest-guest.ts';
import type { MemorySet } from './memory-set.ts';
import { spanBytes, taskSpans } from './row-ranges.ts';
import type { ScanOptions } from './scan-request.ts';
import type { WorkTask } from './work-plan.ts';
import type { WorkPool } from './work-pool.ts';

/** The set with a size per content and codec. */
export async function compressContents(
  set: Omit<MemorySet, 'sizes' | 'coders'>,
  known: KnownSizes,
  scanned: readonly number[],
  pool: WorkPool,
  options: ScanOptions,
): Promise<MemorySet> {
  const codecs = options.codecs ?? [];
  const sizes = new Map<CodecName, Uint16Array>();
  const coders = new Map<CodecName, string>();
  for (const codec of codecs) {
    sizes.set(codec, new Uint16Array(set.book.size));
    coders.set(codec, codecVersion(codec));
  }
  const whole: MemorySet = { ...set, sizes, coders };
  if (codecs.length === 0) return whole;
  takeKnown(whole, known);
  await compressRest(whole, scanned, pool, options);
  return whole;
}

/** The codecs to size contents with. Throws OVB_CODEC_SIZES when a digest lacks one and none may be left out. */
export function agreedCodecs(digests: readonly DigestGuest[], options: ScanOptions): readonly CodecName[] {
  const asked = options.codecs ?? [];
  const lacks = (wanted: CodecName): DigestGuest | undefined => digests.find(({ codec }) => codec !== wanted);
  if (options.optionalCodecs === true) return asked.filter((codec) => lacks(codec) === undefined);
  for (const wanted of asked) {
    const digest = lacks(wanted);
    if (digest === undefined) continue;
    throw new OverbookError(
      'OVB_CODEC_SIZES',
      digest.guest.path,
      `this digest has sizes of ${digest.coder}, not of ${codecVersion(wanted)}`,
      `Leave out ${wanted}, or give the image instead of its digest.`,
    );
  }
  return asked;
}

function takeKnown({ sizes }: MemorySet, { digests }: KnownSizes): void {
  for (const { guest, codec, compressedBytes } of digests) {
    const column = codec === undefined ? undefined : sizes.get(codec);
    if (column === undefined) continue;
    for (let row = 0; row < guest.rows; row++)
      if (guest.content[row] !== NO_CONTENT) column[guest.content[row]!] = compressedBytes[row]!;
  }
}

async function compressRest(
  set: MemorySet,
  scanned: readonly number[],
  pool: WorkPool,
  options: ScanOptions,
): Promise<void> {
  const { book, guests } = set;
  const columns = [...set.sizes.values()];
  const outputs = new Map(
    scanned.map((guest) => {
      const { rows } = guests[guest]!;
      const wanted = new Uint8Array(new SharedArrayBuffer(rows));
      return [guest, { wanted, sizes: columns.map(() => new Uint16Array(new SharedArrayBuffer(rows * 2))) }];
    }),
  );
  let left = 0;
  for (let content = 0; content < book.size; content++) {
    const output = outputs.get(book.firstImageOf(content));
    if (output === undefined || book.fillOf(content) === FILL_ZERO) continue;
    if (columns.every((column) => column[content] !== 0)) continue;
    output.wanted[book.firstRowOf(content)] = 1;
    left++;
  }
  if (left === 0) return;
  const tasks: WorkTask[] = [];
  const lengths: number[] = [];
  for (const [image, guest] of scanned.entries()) {
    const { wanted, sizes } = outputs.get(guest)!;
    for (const span of taskSpans(guests[guest]!.rows)) {
      if (!wanted.subarray(span.from, span.to).includes(1)) continue;
      tasks.push({ kind: 'compress', image, ...span, wanted, sizes });
      lengths.push(spanBytes(span));
    }
  }
  const totalBytes = lengths.reduce((sum, length) => sum + length, 0);
  let doneBytes = 0;
  await pool.runAll(tasks, (index) => {
    doneBytes += lengths[index]!;
    options.onProgress?.({ phase: 'compress', doneBytes, totalBytes });
  });
  for (let content = 0; content < book.size; content++) {
    const output = outputs.get(book.firstImageOf(content));
    const row = book.firstRowOf(content);
    if (output === undefined || output.wanted[row] !== 1 || book.fillOf(content) === FILL_ZERO) continue;
    for (const [at, column] of columns.entries()) column[content] = output.sizes[at]![row]!;
  }
}
