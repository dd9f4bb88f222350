import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const PAGE_BYTES = 4096;
const bundled = new URL('../../../datasets/images/', import.meta.url);

/** Pages of the small memory image that the repository carries, in order. */
export function realPages(): readonly Uint8Array[] {
  const name = existsSync(bundled)
    ? readdirSync(bundled).find((file) => file.endsWith('.raw.gz'))
    : undefined;
  if (name === undefined) throw new Error('datasets/images holds no image');
  const image = gunzipSync(readFileSync(new URL(name, bundled)));
  return Array.from({ length: image.length / PAGE_BYTES }, (_, i) =>
    image.subarray(i * PAGE_BYTES, (i + 1) * PAGE_BYTES),
  );
}
