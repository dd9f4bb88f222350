/** Fuzzes the raw reader: whatever the bytes, our error or the same pages twice. */
import { somePages } from '../../test/fuzz-seeds.ts';
import { fuzzReader } from '../../test/reader-fuzz.ts';
import { rawImage } from './raw-image.ts';

fuzzReader('packages/images/src/readers/raw-image.fuzz.ts', rawImage, [somePages(3, 1), somePages(1, 0)]);
