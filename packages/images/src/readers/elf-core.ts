/**
 * ELF cores of whole machines: `virsh dump --memory-only`, QMP dump-guest-memory (with and without paging),
 * /proc/vmcore, `makedumpfile -E`, VirtualBox dumpvmcore. Every PT_LOAD is a guest-physical range; with paging
 * several name the same pages by different virtual addresses, and each page counts once.
 */
import { OverbookError, PAGE_BYTES } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
import { MEND_DAMAGED } from './mends.ts';
import type { DumpedDevices, DumpedMachine } from './device-memory.ts';
import { devicesOfDump, NO_DEVICES, withoutDevices } from './device-memory.ts';
import type { ElfCore, ElfLoad } from './elf-header.ts';
import { isElf, readElfCore } from './elf-header.ts';
import type { ImageFile } from './image-file.ts';
import type { ImageReader } from './image-reader.ts';
import { defineReader } from './image-reader.ts';
import { checkMachine, physicalLoads } from './elf-writers.ts';
import type { Segment } from './segments.ts';
import { SegmentPages } from './segments.ts';

const INCOMPLETE = 1;

export const elfCore: ImageReader = defineReader({
  contract: 1,
  id: 'elf',
  title: 'ELF core: virsh dump --memory-only, QEMU dump-guest-memory, vmcore',
  recognises: (head) => isElf(head),
  open: (file, options) => {
    const core = readElfCore(file);
    checkMachine(file, core);
    const loads = physicalLoads(file, core);
    const pages = new SegmentPages(file, storedSegments(file, loads), { excluded: missingSegments(loads) });
    const devices = options.deviceMemory === true ? NO_DEVICES : devicesOf(core, loads);
    return {
      extents: () => withoutDevices(pages.extents(), devices.ranges),
      read: (first, count, into) => pages.read(first, count, into),
      notes: [...notesOf(core), ...devices.notes],
    };
  },
});

const MACHINES: Readonly<Record<number, DumpedMachine['machine']>> = {
  3: 'x86',
  21: 'ppc64',
  62: 'x86',
  183: 'arm64',
  243: 'riscv',
};

/** QEMU and VirtualBox dump video memory and firmware with the rest. Kernels and Xen list memory alone. */
function devicesOf(core: ElfCore, loads: readonly ElfLoad[]): DumpedDevices {
  const machine = MACHINES[core.machine];
  const writer = writerOf(core, loads);
  if (machine === undefined || writer === undefined) return NO_DEVICES;
  const ranges = loads.map(({ physicalAddress, memoryBytes }) => ({
    first: Math.floor(physicalAddress / PAGE_BYTES),
    end: Math.ceil((physicalAddress + memoryBytes) / PAGE_BYTES),
  }));
  return devicesOfDump({ machine, writer, ranges, shows: loads.every(isUnmapped) ? 'blocks' : 'mapped' });
}

/** QEMU signs dumps of x86; those of other machines look like a kernel's, but have no virtual addresses. */
function writerOf(
  { owners, machine }: ElfCore,
  loads: readonly ElfLoad[],
): DumpedMachine['writer'] | undefined {
  if (owners.has('VBCORE')) return 'VirtualBox';
  if (owners.has('QEMU')) return 'QEMU';
  return MACHINES[machine] !== 'x86' && owners.has('CORE') && loads.every(isUnmapped) ? 'QEMU' : undefined;
}

/** Without paging QEMU writes the physical address as the virtual one, and wrote 0 before version 4.0. */
function isUnmapped({ virtualAddress, physicalAddress }: ElfLoad): boolean {
  return virtualAddress === 0 || virtualAddress === physicalAddress;
}

function storedSegments(file: ImageFile, loads: readonly ElfLoad[]): Segment[] {
  return loads
    .filter(({ fileBytes }) => fileBytes > 0)
    .map(({ at, offset, physicalAddress, fileBytes, memoryBytes }) => {
      if (fileBytes > memoryBytes) throw largerThanMemory(file, at, fileBytes, memoryBytes);
      return { at, offset, start: physicalAddress, length: fileBytes };
    });
}

/** By ELF's rule what a range lacks in the file is zero; dumpers use it for what they left out. */
function missingSegments(loads: readonly ElfLoad[]): Segment[] {
  return loads
    .filter(({ fileBytes, memoryBytes }) => memoryBytes > fileBytes)
    .map(({ at, physicalAddress, fileBytes, memoryBytes }) => ({
      at,
      offset: 0,
      start: physicalAddress + fileBytes,
      length: memoryBytes - fileBytes,
    }));
}

function notesOf({ flags }: ElfCore): string[] {
  const notes: string[] = [];
  if ((flags & INCOMPLETE) !== 0) notes.push('makedumpfile marked this dump as incomplete');
  return notes;
}

function largerThanMemory(
  file: ImageFile,
  at: number,
  fileBytes: number,
  memoryBytes: number,
): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_CORRUPT',
    placeOf(file.name, at),
    `a range has ${fileBytes} bytes in the file and ${memoryBytes} in memory`,
    MEND_DAMAGED,
  );
}
