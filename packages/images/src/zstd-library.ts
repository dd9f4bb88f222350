/**
 * The zstd library, made ready once per thread. Its own `init` must not run twice: it would put new memory under
 * whoever holds a context or is in the middle of a page.
 */
type ZstdLibrary = typeof import('@bokuweb/zstd-wasm');

let ready: Promise<ZstdLibrary> | undefined;

/** Loaded when it is first wanted: a thread without zstd starts sooner. */
export const zstdLibrary = (): Promise<ZstdLibrary> => (ready ??= load());

async function load(): Promise<ZstdLibrary> {
  const library = await import('@bokuweb/zstd-wasm');
  await library.init();
  return library;
}
