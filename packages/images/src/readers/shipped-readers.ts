/** The readers of this package, in the order in which they are asked. Raw takes whatever the others do not know. */
import { avml } from './avml.ts';
import { elfCore } from './elf-core.ts';
import type { ImageReader } from './image-reader.ts';
import { flattenedDump, kdump } from './kdump.ts';
import { lime } from './lime.ts';
import { rawImage } from './raw-image.ts';
import { refusedFormats } from './refused-formats.ts';
import { vmem, vmwareState } from './vmem.ts';

export const SHIPPED_READERS: readonly ImageReader[] = [
  elfCore,
  avml,
  lime,
  kdump,
  flattenedDump,
  vmwareState,
  refusedFormats,
  vmem,
  rawImage,
];
