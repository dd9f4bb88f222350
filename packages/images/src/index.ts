export type { Analysis, AnalyzeOptions } from './analysis/analyze-images.ts';
export { analyzeImages } from './analysis/analyze-images.ts';
export type { CompressionFigures, FitFigures } from './analysis/compression.ts';
export { isDigestFile } from './analysis/digest-guest.ts';
export type { ExposureFigures } from './analysis/exposure.ts';
export type { KsmCounts } from './analysis/ksm-counts.ts';
export { KsmTally } from './analysis/ksm-counts.ts';
export type { LargePageFigures } from './analysis/large-pages.ts';
export type { MapKind, MemoryMap } from './analysis/memory-map.ts';
export { MAP_KINDS } from './analysis/memory-map.ts';
export type { RepeatedContent } from './analysis/repeated-contents.ts';
export type { MemorySource, ScanOptions, ScanProgress } from './analysis/scan-request.ts';
export type { SequenceBytes, SequenceFigures } from './analysis/sequence.ts';
export type { FillPattern, ImageFigures, SaltGroup, Saved, SharingFigures } from './analysis/sharing.ts';
export type { SimilarFigures } from './analysis/similar-pages.ts';
export type { VerifyFigures } from './analysis/verify-contents.ts';
export type { ReadersInThreads } from './analysis/work-plan.ts';
export type { SizeClass, StoreFigures } from './analysis/zsmalloc.ts';
export { SizeClasses, ZsmallocStore } from './analysis/zsmalloc.ts';
export type { ContentKey, ContentKeySpec } from './digest/content-key.ts';
export { SECRET_BYTES, blake3Key, contentKeyOf, sha256Key, xxh3Key } from './digest/content-key.ts';
export { decodeDigest, readDigest } from './digest/decode-digest.ts';
export { assumeUnknown } from './digest/assume-unknown.ts';
export type { DigestOptions } from './digest/digest-image.ts';
export { digestImage } from './digest/digest-image.ts';
export { digestTotals, encodeDigest, writeDigest } from './digest/encode-digest.ts';
export type { CodecName, PageCodec } from './digest/page-codec.ts';
export { CODEC_NAMES, codecName, codecNamed, loadZstd, lz4, snappy } from './digest/page-codec.ts';
export type { DigestTotals, PageDigest } from './digest/page-digest.ts';
export { FILL_UNKNOWN } from './digest/page-digest.ts';
export type { ImageFile } from './readers/image-file.ts';
export { DescriptorFile, MemoryFile, bytesAt, viewAt } from './readers/image-file.ts';
export type { Extent, ImagePages, ImageReader, ReadingOptions } from './readers/image-reader.ts';
export {
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
  defineReader,
} from './readers/image-reader.ts';
export type { PageWindow } from './readers/image-windows.ts';
export { imageWindows } from './readers/image-windows.ts';
export type { ImageHandle, LayoutCounts } from './readers/memory-image.ts';
export { MemoryImage } from './readers/memory-image.ts';
export type { OpenOptions } from './readers/open-image.ts';
export { openImage, openImageFile } from './readers/open-image.ts';
export { rawImage } from './readers/raw-image.ts';
export { SHIPPED_READERS } from './readers/shipped-readers.ts';
export { readImage } from './readers/read-image.ts';
export { reopenImage } from './readers/reopen-image.ts';
export { roleOf } from './roles/kpageflags.ts';
export type { PageFlags } from './roles/page-flags-file.ts';
export { parsePageFlags, readPageFlags } from './roles/page-flags-file.ts';
export type { ReadLimits } from './container/read-container.ts';
export type { PackOptions } from './container/write-container.ts';
