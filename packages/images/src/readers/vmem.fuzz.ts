/** Fuzzes the map of memory regions in VMware's state files: whatever the bytes, regions or our error. */
import { vmssFile } from '../../test/image-writers.ts';
import { fuzzReader } from '../../test/reader-fuzz.ts';
import { defineReader } from './image-reader.ts';
import { MemoryFile } from './image-file.ts';
import { SegmentPages } from './segments.ts';
import { readVmwareMemoryMap } from './vmware-regions.ts';

/** The state file is what is fuzzed; the memory beside it is 64 pages. */
const vmss = defineReader({
  contract: 1,
  id: 'vmss-map',
  title: 'regions of a state file',
  recognises: () => true,
  open: (file) => {
    const memory = new MemoryFile('fuzzed.vmem', new Uint8Array(64 * 4096).fill(7));
    const segments = readVmwareMemoryMap(file).regions.map(({ first, filePage, count }) => ({
      at: 0,
      start: first * 4096,
      length: count * 4096,
      offset: filePage * 4096,
    }));
    const pages = new SegmentPages(memory, segments);
    return { extents: () => pages.extents(), read: (first, count, into) => pages.read(first, count, into) };
  },
});

fuzzReader('packages/images/src/readers/vmem.fuzz.ts', vmss, [
  vmssFile([
    [0, 0, 48],
    [1_048_576, 48, 16],
  ]),
]);
