/** The container and codings that our file formats share: for the packages that define such a format. */
export type { ByteSource } from './byte-source.ts';
export { memorySource, withFile } from './byte-source.ts';
export { ByteWriter } from './byte-writer.ts';
export { Cursor } from './cursor.ts';
export type { FileId, FileKind, Section } from './format.ts';
export { PAGES_MAX, plausibleBytes, SECTION_BYTES_MAX } from './format.ts';
export { MetaReader, metaBytes } from './meta-reader.ts';
export type { ReadLimits } from './read-container.ts';
export { checkPages, looksLike, readSections } from './read-container.ts';
export type { PackOptions } from './write-container.ts';
export { ContainerWriter, containerBytes } from './write-container.ts';
export { ContentIndex } from '../contents/content-index.ts';
export type { ContentColumns, KnownContents } from '../contents/content-block.ts';
export { decodeContents, encodeContents, knownContents, hasRepeatedKey } from '../contents/content-block.ts';
export { corrupt, invalid, placeOf, unreadable, wrongFormat } from '../messages.ts';
