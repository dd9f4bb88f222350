import { fileURLToPath } from 'node:url';

/** A file of datasets/, from the sources as from the build: both lie three folders below packages/. */
export function datasetPath(name: string): string {
  return fileURLToPath(new URL(`../../../../datasets/${name}`, import.meta.url));
}
