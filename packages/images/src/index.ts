/** Memory images: readers, the figures of what their pages share and how they compress, digests. */
// What a reader says of pages is part of writing one.
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
} from '@overbook/formats';
export type { Analysis, AnalyzeOptions } from './figures/analyze-images.ts';
export { analyzeImages } from './figures/analyze-images.ts';
export type { CompressionFigures, FitFigures } from './figures/compression.ts';
export { isDigestFile } from './scan/digest-guest.ts';
export type { ExposureFigures } from './figures/exposure.ts';
export type { KsmCounts } from './figures/ksm-counts.ts';
export { KsmTally } from './figures/ksm-counts.ts';
export type { LargePageFigures } from './figures/large-pages.ts';
export type { MapKind, MemoryMap } from './figures/memory-map.ts';
export { MAP_KINDS } from './figures/memory-map.ts';
export type { RepeatedContent } from './figures/repeated-contents.ts';
export type { MemorySource, ScanOptions, ScanProgress } from './scan/scan-request.ts';
export type { SequenceBytes, SequenceFigures } from './figures/sequence.ts';
export type { FillPattern, ImageFigures, SaltGroup, Saved, SharingFigures } from './figures/sharing.ts';
export type { SimilarFigures } from './figures/similar-pages.ts';
export type { VerifyFigures } from './figures/verify-contents.ts';
export type { ReadersInThreads } from './scan/work-plan.ts';
export type { SizeClass } from '@overbook/core/units';
export type { StoreFigures } from './figures/zsmalloc-store.ts';
export type { StoreKernel } from './figures/store-rules.ts';
export { DEFAULT_KERNEL } from './figures/store-rules.ts';
export { SizeClasses } from '@overbook/core/units';
export { ZsmallocStore } from './figures/zsmalloc-store.ts';
export type { ContentKey, ContentKeySpec } from './scan/content-key.ts';
export { SECRET_BYTES, blake3Key, contentKeyOf, sha256Key, xxh3Key } from './scan/content-key.ts';
export type { DigestOptions } from './digest/digest-image.ts';
export { digestImage } from './digest/digest-image.ts';
export type { CodecName, PageCodec } from './scan/page-codec.ts';
export { CODEC_NAMES, codecName, codecNamed, loadZstd, lz4, snappy } from './scan/page-codec.ts';
export type { ImageFile } from './readers/image-file.ts';
export { DescriptorFile, MemoryFile, bytesAt, viewAt } from './readers/image-file.ts';
export type { Extent, ImagePages, ImageReader, ReadingOptions } from './readers/image-reader.ts';
export { READER_CONTRACT, READ_PAGES_MAX, defineReader } from './readers/image-reader.ts';
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
