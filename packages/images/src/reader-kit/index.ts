/** The conformance kit for readers of memory images: needs a runner's `test` and files of the format. */
export type { ReaderSample } from './reader-sample.ts';
export { sampleMemory } from './reader-sample.ts';
export type { ReaderPromiseId } from './reader-promises.ts';
export { READER_PROMISES } from './reader-promises.ts';
export type { ReaderSuite } from './reader-suite.ts';
export { proveReader, readerSuite } from './reader-suite.ts';
