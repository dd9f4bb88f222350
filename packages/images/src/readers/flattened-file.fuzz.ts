/** Fuzzes the reader of flattened dumps: whatever the bytes, our error or the same pages twice. */
import { flattenedSeeds } from '../../test/fuzz-seeds.ts';
import { fuzzReader } from '../../test/reader-fuzz.ts';
import { flattenedDump } from './kdump.ts';

fuzzReader('packages/images/src/readers/flattened-file.fuzz.ts', flattenedDump, flattenedSeeds);
