/** Fuzzes state files of VMware that hold the memory themselves. */
import { vmssFile } from '../../test/image-writers.ts';
import { somePages } from '../../test/fuzz-seeds.ts';
import { fuzzReader } from '../../test/reader-fuzz.ts';
import { vmwareState } from './vmem.ts';

fuzzReader('packages/images/src/readers/vmware-state.fuzz.ts', vmwareState, [
  vmssFile([], { bytes: somePages(4, 1) }),
  vmssFile(
    [
      [0, 0, 5],
      [1_048_576, 5, 3],
    ],
    { bytes: somePages(8, 1) },
  ),
]);
