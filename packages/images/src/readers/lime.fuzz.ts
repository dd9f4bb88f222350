/** Fuzzes the lime reader: whatever the bytes, our error or the same pages twice. */
import { limeSeeds } from '../../test/fuzz-seeds.ts';
import { fuzzReader } from '../../test/reader-fuzz.ts';
import { lime } from './lime.ts';

fuzzReader('packages/images/src/readers/lime.fuzz.ts', lime, limeSeeds);
