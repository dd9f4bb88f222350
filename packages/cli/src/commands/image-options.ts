/** How images are opened: options that `analyze` and `digest` share. */
import type { ImageReader, OpenOptions, ReadersInThreads } from '@overbook/images';

export interface ImageWords {
  readonly reader?: readonly string[];
  readonly format?: string;
  readonly sideFile?: string;
  readonly deviceMemory?: true;
  readonly holes?: 'zero' | 'unknown';
}

/** How to open images, and the readers of `--reader`. */
export interface Opening {
  readonly open: Omit<OpenOptions, 'readers'>;
  readonly readers: {
    readonly readers: readonly ImageReader[];
    readonly readersInThreads?: ReadersInThreads;
  };
}

/** What the options say of every image. @throws OVB_PLUGIN_LOAD, OVB_PLUGIN_EMPTY */
export async function openingOf({
  reader,
  format,
  sideFile,
  deviceMemory,
  holes,
}: ImageWords): Promise<Opening> {
  const requests = (reader ?? []).map((specifier) => ({
    specifier,
    folder: process.cwd(),
    at: `--reader ${specifier}`,
  }));
  const open = {
    stdin: process.stdin,
    ...(format === undefined ? {} : { format }),
    ...(sideFile === undefined ? {} : { sideFile }),
    ...(deviceMemory === undefined ? {} : { deviceMemory }),
    ...(holes === undefined ? {} : { holes }),
  };
  if (requests.length === 0) return { open, readers: { readers: [] } };
  const { loadReaders, readersInThreads } = await import('@overbook/lab'); // it is large
  return {
    open,
    readers: { readers: await loadReaders(requests), readersInThreads: readersInThreads(requests) },
  };
}
