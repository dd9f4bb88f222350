/** How images are opened: options that `analyze` and `digest` share. */
import { type ImageReader, type OpenOptions } from '@overbook/images';
import { loadReaders } from '@overbook/lab';

export interface ImageWords {
  readonly reader?: readonly string[];
  readonly format?: string;
  readonly sideFile?: string;
  readonly deviceMemory?: true;
}

export type Opening = Omit<OpenOptions, 'readers'> & { readonly readers: readonly ImageReader[] };

/** What the options say of every image. @throws OVB_PLUGIN_LOAD, OVB_PLUGIN_EMPTY */
export async function openingOf({ reader, format, sideFile, deviceMemory }: ImageWords): Promise<Opening> {
  const requests = (reader ?? []).map((specifier) => ({
    specifier,
    folder: process.cwd(),
    at: `--reader ${specifier}`,
  }));
  return {
    stdin: process.stdin,
    readers: await loadReaders(requests),
    ...(format === undefined ? {} : { format }),
    ...(sideFile === undefined ? {} : { sideFile }),
    ...(deviceMemory === undefined ? {} : { deviceMemory }),
  };
}
