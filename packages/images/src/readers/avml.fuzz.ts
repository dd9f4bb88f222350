/** Fuzzes the avml reader: whatever the bytes, our error or the same pages twice. */
import { avmlSeeds } from '../../test/fuzz-seeds.ts';
import { fuzzReader } from '../../test/reader-fuzz.ts';
import { avml } from './avml.ts';

fuzzReader('packages/images/src/readers/avml.fuzz.ts', avml, avmlSeeds);
