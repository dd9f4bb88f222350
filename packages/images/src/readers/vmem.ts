/**
 * VMware .vmem: raw memory in the order of the file, which is the guest's order only up to 3 GiB. The side file
 * beside it says where the rest lies; without it, page numbers above the hole are too small, and the notes say so.
 */
import { closeSync, existsSync, fstatSync, openSync } from 'node:fs';
import { OverbookError, PAGE_BYTES } from '@overbook/core/units';
import { placeOf, unreadable } from '@overbook/formats';
import type { ImageFile } from './image-file.ts';
import { DescriptorFile } from './image-file.ts';
import type { ImagePages, ImageReader } from './image-reader.ts';
import { defineReader } from './image-reader.ts';
import { SegmentPages } from './segments.ts';
import type { HoleMeaning } from './sparse-file.ts';
import { holeNotes, holeState } from './sparse-file.ts';
import type { VmwareRegion } from './vmware-regions.ts';
import { isVmwareSideFile, readVmwareMemoryMap } from './vmware-regions.ts';

/** Below this a guest of VMware has its memory in one piece. */
const HOLE_FROM_BYTES = 0xc000_0000;
const SIDE_ENDS = ['vmss', 'vmsn'];

export const vmem: ImageReader = defineReader({
  contract: 1,
  id: 'vmem',
  title: 'VMware .vmem with its .vmss or .vmsn',
  recognises: (_head, file) => sidePathOf(file) !== undefined || isNamedVmem(file),
  open: (file, { sideFile, holes }) => openVmem(file, sideFile ?? sidePathOf(file), holes),
});

/** A state file: the memory is in it, or in the .vmem beside it. */
export const vmwareState: ImageReader = defineReader({
  contract: 1,
  id: 'vmss',
  title: 'VMware state files that hold the memory themselves (without a .vmem)',
  recognises: (head) => isVmwareSideFile(head),
  open: (file) => {
    const { regions, inside } = readVmwareMemoryMap(file);
    if (inside === undefined) throw memoryElsewhere(file);
    if (inside.isPacked) throw packedInside(file, inside.offset);
    return regionPages(file, regions, inside.offset, inside.bytes);
  },
});

function openVmem(file: ImageFile, side: string | undefined, holes: HoleMeaning = 'zero'): ImagePages {
  const regions = side === undefined ? [] : regionsIn(side);
  const isShifted = side === undefined && file.size > HOLE_FROM_BYTES;
  const notes = [
    ...(isShifted
      ? ['there is no .vmss or .vmsn beside it: page numbers above 3 GiB are too low by the size of the hole']
      : []),
    ...holeNotes(file, holes),
  ];
  return { ...regionPages(file, regions, 0, file.size, holeState(holes)), notes };
}

/** Memory of `bytes` from `from` on, laid out by its regions; in one piece when there are none. */
function regionPages(
  file: ImageFile,
  regions: readonly VmwareRegion[],
  from: number,
  bytes: number,
  holes?: number,
): ImagePages {
  const whole: VmwareRegion = { first: 0, filePage: 0, count: Math.ceil(bytes / PAGE_BYTES) };
  const used = regions.length === 0 ? [whole] : regions;
  const pages = new SegmentPages(
    file,
    used.map(({ first, filePage, count }) => ({
      at: from + filePage * PAGE_BYTES,
      start: first * PAGE_BYTES,
      length: count * PAGE_BYTES,
      offset: from + filePage * PAGE_BYTES,
    })),
    holes === undefined ? {} : { holes },
  );
  return {
    extents: () => pages.extents(),
    read: (first, count, into) => pages.read(first, count, into),
  };
}

function isNamedVmem({ path }: ImageFile): boolean {
  return path?.endsWith('.vmem') === true;
}

/** The state file of the same name beside the file, when that has the right first bytes. */
function sidePathOf(file: ImageFile): string | undefined {
  if (!isNamedVmem(file)) return undefined;
  const stem = file.path!.slice(0, -'vmem'.length);
  return SIDE_ENDS.map((end) => stem + end).find((path) => existsSync(path));
}

function regionsIn(path: string): readonly VmwareRegion[] {
  const descriptor = opened(path);
  try {
    const file = new DescriptorFile(descriptor, path, fstatSync(descriptor).size, path);
    const head = new Uint8Array(Math.min(12, file.size));
    file.read(0, head);
    if (!isVmwareSideFile(head)) throw noStateFile(path);
    return readVmwareMemoryMap(file).regions;
  } finally {
    closeSync(descriptor);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function noStateFile(path: string): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_CORRUPT',
    placeOf(path, 0),
    'is not a VMware state file',
    'Give the .vmss or .vmsn that was written with the .vmem.',
  );
}

function memoryElsewhere(file: ImageFile): OverbookError {
  const memory = file.path?.replace(/\.(vmss|vmsn)$/, '.vmem');
  const isThere = memory !== undefined && memory !== file.path && existsSync(memory);
  return new OverbookError(
    'OVB_IMAGE_FORMAT',
    placeOf(file.name, 0),
    'is the state file of a VMware machine, not its memory',
    isThere
      ? `Give ${memory}; its state file is found automatically.`
      : 'Give the .vmem that was written with it; if there is none, take a snapshot that includes the memory.',
  );
}

function packedInside(file: ImageFile, at: number): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_METHOD',
    placeOf(file.name, at),
    'this VMware state file holds the memory itself, packed',
    'Resume the machine and take a snapshot with its memory, in a version that writes a .vmem.',
  );
}
