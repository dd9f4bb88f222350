/** The readers of this package, in the order in which they are asked. Raw takes whatever the others do not know. */
import type { ImageReader } from './image-reader.ts';
import { rawImage } from './raw-image.ts';

export const SHIPPED_READERS: readonly ImageReader[] = [rawImage];
