/** Who wrote an ELF core, as far as that decides which of its ranges are physical memory of a machine. */
import { OverbookError } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
import type { ElfCore, ElfLoad } from './elf-header.ts';
import type { ImageFile } from './image-file.ts';

const MACHINE_NOTES = ['QEMU', 'VMCOREINFO', 'VBCORE', 'VBCPU'];
/** Addresses from here on are -1 in the file, or as good as. */
const NO_ADDRESS = { wide: 2 ** 63, narrow: 0xffff_ffff };
/** Kernels map themselves into the upper half. */
const KERNEL_FROM = 2 ** 63;

/** @throws OVB_IMAGE_FORMAT, OVB_IMAGE_EMPTY for cores without physical memory in them */
export function checkMachine(file: ImageFile, { loads, owners }: ElfCore): void {
  if (loads.length === 0) throw owners.has('Xen') || !owners.has('CORE') ? xenCore(file) : noLoads(file);
  const physical = loads.some(({ physicalAddress }) => physicalAddress !== 0);
  const mapped = loads.filter(({ virtualAddress }) => virtualAddress !== 0);
  if (physical || mapped.length === 0) return;
  // Kernels before 4.11 list their memory in /proc/kcore without physical addresses.
  if (
    mapped.every(({ virtualAddress }) => virtualAddress >= KERNEL_FROM) &&
    !owners.has('QEMU') &&
    loads.length > 1
  )
    throw oldKcore(file, mapped[0]!.at);
  // A small machine may have all its memory from address 0 on: dumpers of machines sign their files.
  if (!MACHINE_NOTES.some((owner) => owners.has(owner))) throw processCore(file, loads[0]!.at);
}

/**
 * The ranges that are physical memory. /proc/kcore lists virtual ones too, with -1 for the address (vmalloc, modules,
 * the map of pages), and the kernel's text a second time, which a copy cut to the memory does not hold. VirtualBox
 * lists memory-mapped devices as ranges without bytes. @throws OVB_IMAGE_FORMAT when no physical range is left
 */
export function physicalLoads(file: ImageFile, { loads, owners }: ElfCore): readonly ElfLoad[] {
  const physical = loads.filter(({ physicalAddress }) => !isNoAddress(physicalAddress));
  if (owners.has('VBCORE')) return physical.filter(({ fileBytes }) => fileBytes > 0);
  if (physical.length === loads.length) return loads;
  const kept = physical.filter((load) => isHeld(file, load) || !isAlias(load, physical, file));
  if (kept.length === 0) throw virtualOnly(file, loads[0]!.at);
  return kept;
}

function isNoAddress(address: number): boolean {
  return address >= NO_ADDRESS.wide || address === NO_ADDRESS.narrow;
}

function isHeld(file: ImageFile, { offset, fileBytes }: ElfLoad): boolean {
  return offset + fileBytes <= file.size;
}

/** True when one range that the file holds has all of these pages. */
function isAlias(load: ElfLoad, loads: readonly ElfLoad[], file: ImageFile): boolean {
  const end = load.physicalAddress + load.memoryBytes;
  return loads.some(
    (other) =>
      other !== load &&
      isHeld(file, other) &&
      other.physicalAddress <= load.physicalAddress &&
      other.physicalAddress + other.fileBytes >= end,
  );
}

type Refusal = (file: ImageFile, at?: number) => OverbookError;

function refusal(code: 'OVB_IMAGE_FORMAT' | 'OVB_IMAGE_EMPTY', what: string, mend: string): Refusal {
  return (file, at = 0) => new OverbookError(code, placeOf(file.name, at), what, mend);
}

const GIVE_MACHINE = 'Give a core of a whole machine, as `virsh dump --memory-only` writes it.';
const RUN_IN_SYSTEM = 'Run avml or LiME in the running system instead, and give its output.';

const xenCore = refusal(
  'OVB_IMAGE_FORMAT',
  'is an ELF core without memory ranges, as `xl dump-core` (Xen) writes it, in a layout that is not read',
  'Run avml or LiME inside the guest instead, and give its output.',
);
const noLoads = refusal('OVB_IMAGE_EMPTY', 'this ELF core holds no memory range', GIVE_MACHINE);
const processCore = refusal(
  'OVB_IMAGE_FORMAT',
  'is the core of a process: its ranges have only virtual addresses',
  GIVE_MACHINE,
);
const oldKcore = refusal(
  'OVB_IMAGE_FORMAT',
  'is /proc/kcore of a kernel before 4.11: its ranges have only kernel virtual addresses',
  RUN_IN_SYSTEM,
);
const virtualOnly = refusal(
  'OVB_IMAGE_FORMAT',
  'is a core of a running kernel (/proc/kcore) with only virtual ranges: its memory has no physical addresses',
  RUN_IN_SYSTEM,
);
