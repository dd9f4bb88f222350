import type { CostOp } from '@overbook/core';

/** What compressing and decompressing a page costs, by algorithm. Sizes are those that the host knows, under any. */
export const COMPRESSORS = {
  lz4: { compress: 'compressPage', decompress: 'decompressPage' },
  'lzo-rle': { compress: 'compressLzoRle', decompress: 'decompressLzoRle' },
  zstd: { compress: 'compressZstd', decompress: 'decompressZstd' },
} as const satisfies Readonly<Record<string, { compress: CostOp; decompress: CostOp }>>;

export type CompressorName = keyof typeof COMPRESSORS;
export const COMPRESSOR_NAMES = Object.keys(COMPRESSORS) as [CompressorName, ...CompressorName[]];
