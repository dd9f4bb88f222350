/** Fuzzes the kdump reader: whatever the bytes, our error or the same pages twice. */
import { kdumpSeeds } from '../../test/fuzz-seeds.ts';
import { fuzzReader } from '../../test/reader-fuzz.ts';
import { kdump } from './kdump.ts';

fuzzReader('packages/images/src/readers/kdump.fuzz.ts', kdump, await kdumpSeeds());
