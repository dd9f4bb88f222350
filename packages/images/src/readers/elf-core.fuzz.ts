/** Fuzzes the elf-core reader: whatever the bytes, our error or the same pages twice. */
import { elfSeeds } from '../../test/fuzz-seeds.ts';
import { fuzzReader } from '../../test/reader-fuzz.ts';
import { elfCore } from './elf-core.ts';

fuzzReader('packages/images/src/readers/elf-core.fuzz.ts', elfCore, elfSeeds);
