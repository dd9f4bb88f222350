import { fileURLToPath } from 'node:url';

/** A file of datasets/, from the sources as from the build: both lie three folders below packages/. */
export const datasetPath = (name: string): string =>
  fileURLToPath(new URL(`../../../../datasets/${name}`, import.meta.url));
