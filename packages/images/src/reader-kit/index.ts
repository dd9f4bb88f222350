/** The conformance kit for readers of memory images: needs a runner's `test` and files of the format. */
export { type ReaderSample, sampleMemory } from './reader-sample.ts';
export { READER_PROMISES, type ReaderPromiseId } from './reader-promises.ts';
export { type ReaderSuite, proveReader, readerSuite } from './reader-suite.ts';
