/** Compressors whose sizes of pages digests and analyses carry, each under a name with its version. */
import { OverbookError } from '@overbook/core/units';
import { lz4Library, snappyLibrary } from '../native-libraries.ts';
import { zstdLibrary } from '../zstd-library.ts';

/** Size of one page alone, in bytes; a page that does not compress comes out above 4096. */
export interface PageCodec {
  readonly name: string;
  compressedBytes(page: Uint8Array): number;
}

/** Short names by which users and results call codecs, in the order in which tables print them. */
export const CODEC_NAMES = ['lz4', 'snappy', 'zstd'] as const;
export type CodecName = (typeof CODEC_NAMES)[number];

const VERSIONS: Readonly<Record<CodecName, string>> = {
  lz4: 'lz4-napi-2.10.0',
  snappy: 'snappy-7.4.3',
  zstd: 'zstd-wasm-0.0.27-level-3',
};

/** The full name of a codec: coder and version. */
export function codecVersion(name: CodecName): string {
  return VERSIONS[name];
}

const LENGTH_PREFIX_BYTES = 4;

/** LZ4 block format by lz4_flex (within 0.2 % of liblz4), without the length that lz4-napi writes in front. */
export const lz4: PageCodec = {
  name: VERSIONS.lz4,
  compressedBytes: (page) => lz4Library().compressSync(bufferOf(page)).length - LENGTH_PREFIX_BYTES,
};

/** Snappy's raw format. */
export const snappy: PageCodec = {
  name: VERSIONS.snappy,
  compressedBytes: (page) => snappyLibrary().compressSync(bufferOf(page)).length,
};

/** Level 3, zram's default; the frame's header counts, which a kernel that knows the page's size does not write. */
const ZSTD_LEVEL = 3;
const NO_DICTIONARY = new Uint8Array(0);

/** Zstandard, level 3. Loads its WebAssembly module first. */
export async function loadZstd(): Promise<PageCodec> {
  const { compressUsingDict, createCCtx } = await zstdLibrary();
  const context = createCCtx();
  return {
    name: VERSIONS.zstd,
    compressedBytes: (page) => compressUsingDict(context, page, NO_DICTIONARY, ZSTD_LEVEL).length,
  };
}

/** The codec of a short name. */
export async function codecNamed(name: CodecName): Promise<PageCodec> {
  if (name === 'lz4') return lz4;
  return name === 'snappy' ? snappy : loadZstd();
}

/** Checks a word that a user gave at `at`. @throws OVB_CODEC */
export function codecName(word: string, at = 'codec'): CodecName {
  const found = CODEC_NAMES.find((name) => name === word);
  if (found !== undefined) return found;
  throw new OverbookError(
    'OVB_CODEC',
    at,
    `there is no codec '${word}'`,
    `Name one of: ${CODEC_NAMES.join(', ')}.`,
  );
}

function bufferOf(page: Uint8Array): Buffer {
  return Buffer.from(page.buffer, page.byteOffset, page.byteLength);
}
