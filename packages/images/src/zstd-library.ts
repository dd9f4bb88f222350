/**
 * The zstd library, made ready once per thread. Its own `init` must not run twice: it would put new memory under
 * whoever holds a context or is in the middle of a page.
 */
type ZstdLibrary = typeof import('@bokuweb/zstd-wasm');

/** One place for all copies of this package in a thread: they meet the same library. */
const READY = Symbol.for('overbook/zstd-wasm');
const thread = globalThis as { [READY]?: Promise<ZstdLibrary> };

/** Loaded when it is first wanted: a thread without zstd starts sooner. */
export function zstdLibrary(): Promise<ZstdLibrary> {
  return (thread[READY] ??= load());
}

async function load(): Promise<ZstdLibrary> {
  const library = await import('@bokuweb/zstd-wasm');
  await library.init();
  return library;
}
