/** Names of workers, as the server lists its clients: they say which code a worker has, and how many cells it runs. */

/** @param version of its code @param concurrency cells at a time */
export function workerName(version: string, concurrency: number): string {
  return `${version}:${concurrency}`;
}

/** @param names of clients, which begin with the queue's */
export function workerVersions(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => partsOf(name).version));
}

/** Cells that all workers of a version run at a time. */
export function slotsIn(names: readonly string[], version: string): number {
  return names
    .map(partsOf)
    .filter((parts) => parts.version === version)
    .reduce((sum, { concurrency }) => sum + concurrency, 0);
}

function partsOf(name: string): { readonly version: string; readonly concurrency: number } {
  const [version = '', concurrency = ''] = name.split(':').slice(-2);
  return { version, concurrency: Number(concurrency) || 0 };
}
