/**
 * The same image again, in a worker thread: with its reader alone, loaded by its id. All readers would cost a thread a
 * third of its start.
 */
import { OverbookError } from '@overbook/core/units';
import { DescriptorFile } from './image-file.ts';
import type { ImageReader } from './image-reader.ts';
import type { ImageHandle } from './memory-image.ts';
import { MemoryImage } from './memory-image.ts';

/** Those of SHIPPED_READERS that open anything, by id. */
export const READER_LOADERS: Readonly<Record<string, () => Promise<ImageReader>>> = {
  elf: async () => (await import('./elf-core.ts')).elfCore,
  avml: async () => (await import('./avml.ts')).avml,
  lime: async () => (await import('./lime.ts')).lime,
  kdump: async () => (await import('./kdump.ts')).kdump,
  flattened: async () => (await import('./kdump.ts')).flattenedDump,
  vmss: async () => (await import('./vmem.ts')).vmwareState,
  vmem: async () => (await import('./vmem.ts')).vmem,
  raw: async () => (await import('./raw-image.ts')).rawImage,
};

/** Opens an image from its handle, in the same process while the first one is open. Throws OVB_IMAGE_*. */
export async function reopenImage(
  handle: ImageHandle,
  readers: readonly ImageReader[] = [],
): Promise<MemoryImage> {
  // Without looking for holes: the owner of the handle knows them, and does not ask for their pages.
  const file = new DescriptorFile(handle.descriptor, handle.name, handle.size, handle.path);
  const reader = readers.find(({ id }) => id === handle.format) ?? (await READER_LOADERS[handle.format]?.());
  if (reader === undefined) throw noReader(handle);
  return new MemoryImage(handle, await reader.open(file, handle.options), {
    release: () => undefined,
    checkUnchanged: () => undefined,
  });
}

function noReader({ format, name }: ImageHandle): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_FORMAT',
    name,
    `was opened by reader '${format}', which is not available here`,
    'Give the same readers with which the image was opened.',
  );
}
