/** A whole image in memory: for byte stores and small images. Analysis of large ones goes window by window. */
import { OverbookError, PAGE_BYTES } from '@overbook/core/units';
import type { ImageReader } from './image-reader.ts';
import { rawImage } from './raw-image.ts';

/**
 * The bytes of an image, 4096 per page from page 0; holes read as zeros. Throws OVB_IMAGE_TOO_LARGE above `maxBytes`
 * (1 GiB by default) before more is allocated, and whatever the reader throws.
 */
export async function readImage(
  path: string,
  options: { readonly reader?: ImageReader; readonly maxBytes?: number } = {},
): Promise<Uint8Array> {
  const allowed = options.maxBytes ?? 1_073_741_824; // 1 GiB
  let bytes = new Uint8Array(1_048_576);
  let count = 0;
  for await (const window of (options.reader ?? rawImage).windows(path)) {
    const start = window.first * PAGE_BYTES;
    count = start + window.bytes.length;
    if (count > allowed) throw tooLarge(path, count, allowed);
    if (count > bytes.length) bytes = grown(bytes, Math.min(allowed, Math.max(count, bytes.length * 2)));
    bytes.set(window.bytes, start);
  }
  return bytes.slice(0, count);
}

function grown(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}

const tooLarge = (path: string, count: number, allowed: number): OverbookError =>
  new OverbookError(
    'OVB_IMAGE_TOO_LARGE',
    path,
    `holds ${count} bytes or more, ${allowed} are allowed in memory`,
    'Raise maxBytes, or digest the image instead.',
  );
