/** A whole image in memory: for byte stores and small images. Analysis of large ones goes window by window. */
import { OverbookError, PAGE_BYTES } from '@overbook/core/units';
import { imageWindows } from './image-windows.ts';
import type { OpenOptions } from './open-image.ts';
import { openImage } from './open-image.ts';

/**
 * The bytes of an image, 4096 per page from page 0; pages that are not data read as zeros. Throws OVB_IMAGE_TOO_LARGE
 * above `maxBytes` (1 GiB by default) before any is allocated, and whatever the reader throws.
 */
export async function readImage(
  path: string,
  options: OpenOptions & { readonly maxBytes?: number } = {},
): Promise<Uint8Array> {
  const allowed = options.maxBytes ?? 1_073_741_824; // 1 GiB
  const image = await openImage(path, options);
  try {
    const size = image.pageEnd * PAGE_BYTES;
    if (size > allowed) throw tooLarge(path, size, allowed);
    const bytes = new Uint8Array(size);
    for (const window of imageWindows(image)) bytes.set(window.bytes, window.first * PAGE_BYTES);
    image.checkUnchanged();
    return bytes;
  } finally {
    image.close();
  }
}

function tooLarge(path: string, count: number, allowed: number): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_TOO_LARGE',
    path,
    `holds ${count} bytes; at most ${allowed} are allowed in memory`,
    'Raise maxBytes, or digest the image instead.',
  );
}
