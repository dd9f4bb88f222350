/**
 * ELF cores of whole machines: `virsh dump --memory-only`, QMP dump-guest-memory (with and without paging),
 * /proc/vmcore, `makedumpfile -E`, VirtualBox dumpvmcore. Every PT_LOAD is a guest-physical range; with paging
 * several name the same pages by different virtual addresses, and each page counts once.
 */
import { OverbookError } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
import { deviceFrom, withoutDevices } from './device-memory.ts';
import type { ElfCore, ElfLoad } from './elf-header.ts';
import { isElf, readElfCore } from './elf-header.ts';
import type { ImageFile } from './image-file.ts';
import type { ImageReader } from './image-reader.ts';
import { defineReader } from './image-reader.ts';
import type { Segment } from './segments.ts';
import { SegmentPages } from './segments.ts';

const INCOMPLETE = 1;
const MACHINE_NOTES = ['QEMU', 'VMCOREINFO', 'VBCORE', 'VBCPU'];

export const elfCore: ImageReader = defineReader({
  contract: 1,
  id: 'elf',
  title: 'ELF core: virsh dump --memory-only, QEMU dump-guest-memory, vmcore',
  recognises: (head) => isElf(head),
  open: (file, options) => {
    const core = readElfCore(file);
    checkMachine(file, core);
    const pages = new SegmentPages(file, storedSegments(file, core.loads), missingSegments(core.loads));
    const from = options.deviceMemory === true ? undefined : deviceStart(core);
    const notes = notesOf(core);
    return {
      extents: () => withoutDevices(pages.extents(), from),
      read: (first, count, into) => pages.read(first, count, into),
      notes,
    };
  },
});

/** QEMU dumps video memory and firmware with the rest. With paging, gaps in the map may lie inside low memory too. */
function deviceStart({ machine, owners, loads }: ElfCore): number | undefined {
  if (!owners.has('QEMU')) return undefined;
  return deviceFrom(machine, loads.some(({ virtualAddress }) => virtualAddress !== 0) ? 'some' : 'all');
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

function checkMachine(file: ImageFile, { loads, owners }: ElfCore): void {
  if (loads.length === 0) throw owners.has('Xen') || !owners.has('CORE') ? xenCore(file) : noLoads(file);
  const physical = loads.some(({ physicalAddress }) => physicalAddress !== 0);
  const virtual = loads.some(({ virtualAddress }) => virtualAddress !== 0);
  // A small machine may have all its memory from address 0 on: dumpers of machines sign their files.
  const isMachine = MACHINE_NOTES.some((owner) => owners.has(owner));
  if (!physical && virtual && !isMachine) throw processCore(file, loads[0]!.at);
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
    'Take or fetch the image again; nothing of it was used.',
  );
}

function xenCore(file: ImageFile): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_FORMAT',
    placeOf(file.name, 0),
    'is an ELF core without memory ranges, as `xl dump-core` of Xen writes it; that layout is not read',
    'Run avml or LiME inside the guest instead, and give what it writes.',
  );
}

function noLoads(file: ImageFile): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_EMPTY',
    placeOf(file.name, 0),
    'this ELF core holds no memory range',
    'Take the dump again.',
  );
}

function processCore(file: ImageFile, at: number): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_FORMAT',
    placeOf(file.name, at),
    'is the core of a process: its ranges have virtual addresses only',
    'Give a core of a whole machine, as `virsh dump --memory-only` writes it.',
  );
}
