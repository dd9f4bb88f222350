export { type Analysis, type AnalyzeOptions, analyzeImages } from './analysis/analyze-images.ts';
export type { CompressionFigures, FitFigures } from './analysis/compression.ts';
export { isDigestFile } from './analysis/digest-guest.ts';
export type { ExposureFigures } from './analysis/exposure.ts';
export { type KsmCounts, KsmTally } from './analysis/ksm-counts.ts';
export type { LargePageFigures } from './analysis/large-pages.ts';
export { MAP_KINDS, type MapKind, type MemoryMap } from './analysis/memory-map.ts';
export type { RepeatedContent } from './analysis/repeated-contents.ts';
export type { MemorySource, ScanOptions, ScanProgress } from './analysis/scan-request.ts';
export type { SequenceBytes, SequenceFigures } from './analysis/sequence.ts';
export type { FillPattern, ImageFigures, SaltGroup, Saved, SharingFigures } from './analysis/sharing.ts';
export type { SimilarFigures } from './analysis/similar-pages.ts';
export type { VerifyFigures } from './analysis/verify-contents.ts';
export type { ReadersInThreads } from './analysis/work-plan.ts';
export { type SizeClass, SizeClasses, type StoreFigures, ZsmallocStore } from './analysis/zsmalloc.ts';
export {
  type ContentKey,
  type ContentKeySpec,
  SECRET_BYTES,
  blake3Key,
  contentKeyOf,
  sha256Key,
  xxh3Key,
} from './digest/content-key.ts';
export { decodeDigest, readDigest } from './digest/decode-digest.ts';
export { assumeUnknown } from './digest/assume-unknown.ts';
export { type DigestOptions, digestImage } from './digest/digest-image.ts';
export { digestTotals, encodeDigest, writeDigest } from './digest/encode-digest.ts';
export {
  CODEC_NAMES,
  type CodecName,
  type PageCodec,
  codecName,
  codecNamed,
  loadZstd,
  lz4,
  snappy,
} from './digest/page-codec.ts';
export { type DigestTotals, FILL_UNKNOWN, type PageDigest } from './digest/page-digest.ts';
export { DescriptorFile, type ImageFile, MemoryFile, bytesAt, viewAt } from './readers/image-file.ts';
export {
  type Extent,
  type ImagePages,
  type ImageReader,
  PAGE_DATA,
  PAGE_DEVICE,
  PAGE_EXCLUDED,
  PAGE_HOLE,
  PAGE_HOLE_OR_ZERO,
  PAGE_LOST,
  PAGE_PARTIAL,
  PAGE_STATES,
  PAGE_ZERO,
  READER_CONTRACT,
  READ_PAGES_MAX,
  type ReadingOptions,
  defineReader,
} from './readers/image-reader.ts';
export { type PageWindow, imageWindows } from './readers/image-windows.ts';
export { type ImageHandle, type LayoutCounts, MemoryImage } from './readers/memory-image.ts';
export { type OpenOptions, openImage, openImageFile } from './readers/open-image.ts';
export { rawImage } from './readers/raw-image.ts';
export { SHIPPED_READERS } from './readers/shipped-readers.ts';
export { readImage } from './readers/read-image.ts';
export { reopenImage } from './readers/reopen-image.ts';
export { roleOf } from './roles/kpageflags.ts';
export { type PageFlags, parsePageFlags, readPageFlags } from './roles/page-flags-file.ts';
export { type ReadLimits } from './container/read-container.ts';
export { type PackOptions } from './container/write-container.ts';
