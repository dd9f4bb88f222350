/** Loads readers of memory images by module specifier, as plugins are loaded. */
import { OverbookError } from '@overbook/core';
import type { ImageReader, ReadersInThreads } from '@overbook/images';

import type { ModuleRequest } from './load-plugins.ts';
import { importModule } from './load-plugins.ts';

/** Everything the modules export that `defineReader` made. @throws OVB_PLUGIN_LOAD, OVB_PLUGIN_EMPTY */
export async function loadReaders(requests: readonly ModuleRequest[]): Promise<readonly ImageReader[]> {
  const readers = new Set<ImageReader>();
  for (const request of requests) {
    const found = readersIn(await importModule(request));
    if (found.length === 0) {
      throw new OverbookError(
        'OVB_PLUGIN_EMPTY',
        request.at,
        `module '${request.specifier}' exports no reader`,
        'Export by name what defineReader returns.',
      );
    }
    for (const reader of found) readers.add(reader);
  }
  return [...readers];
}

/** From where other threads load the same readers. */
export function readersInThreads(requests: readonly ModuleRequest[]): ReadersInThreads {
  return {
    module: import.meta.url,
    request: requests,
  };
}

function readersIn(exported: unknown): readonly ImageReader[] {
  if (typeof exported !== 'object' || exported === null) return [];
  return Object.keys(exported)
    .sort()
    .map((name) => (exported as Readonly<Record<string, unknown>>)[name])
    .filter(isReader);
}

function isReader(value: unknown): value is ImageReader {
  if (typeof value !== 'object' || value === null) return false;
  const { role, contract, open } = value as Partial<ImageReader>;
  return role === 'reader' && typeof contract === 'number' && typeof open === 'function';
}
