/** What our file formats share: the container, contents and their codings, page digests, page flags, their errors. */
export type { ByteSource } from './container/byte-source.ts';
export { memorySource, withFile } from './container/byte-source.ts';
export { ByteWriter } from './container/byte-writer.ts';
export { Cursor } from './container/cursor.ts';
export type { FileId, FileKind, Section } from './container/format.ts';
export { PAGES_MAX, SECTION_BYTES_MAX, magicOf, plausibleBytes } from './container/format.ts';
export { MetaReader, metaBytes } from './container/meta-reader.ts';
export type { ReadLimits } from './container/read-container.ts';
export { checkPages, formatVersion, looksLike, readSections } from './container/read-container.ts';
export type { PackOptions } from './container/write-container.ts';
export { ContainerWriter, containerBytes } from './container/write-container.ts';
export type { ContentColumns, KnownContents } from './contents/content-block.ts';
export {
  columns,
  decodeContents,
  encodeContents,
  hasRepeatedKey,
  knownContents,
} from './contents/content-block.ts';
export { ContentIndex } from './contents/content-index.ts';
export { assumeUnknown } from './digest/assume-unknown.ts';
export { decodeDigest, readDigest } from './digest/decode-digest.ts';
export { digestTotals, encodeDigest, writeDigest } from './digest/encode-digest.ts';
export type { DigestTotals, PageDigest } from './digest/page-digest.ts';
export { FILL_UNKNOWN } from './digest/page-digest.ts';
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
} from './digest/page-states.ts';
export { corrupt, invalid, placeOf, tooLarge, tooManyPages, unreadable, wrongFormat } from './messages.ts';
export { roleOf } from './roles/kpageflags.ts';
export type { PageFlags } from './roles/page-flags-file.ts';
export { parsePageFlags, readPageFlags } from './roles/page-flags-file.ts';
