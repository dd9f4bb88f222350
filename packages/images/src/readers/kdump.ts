/**
 * kdump-compressed dumps: makedumpfile and QEMU's dump-guest-memory, as they are or flattened. Pages that makedumpfile
 * was told to leave out are unknown, whatever a debugger would show for them.
 */
import { PAGE_BYTES } from '@overbook/core/units';
import type { DumpedDevices, DumpedMachine, PageRange } from './device-memory.ts';
import { devicesOfDump, NO_DEVICES, withoutDevices } from './device-memory.ts';
import { isElf } from './elf-header.ts';
import { elfCore } from './elf-core.ts';
import { FlattenedFile, isFlattened } from './flattened-file.ts';
import type { ImageFile } from './image-file.ts';
import { bytesAt } from './image-file.ts';
import type { ImagePages, ImageReader, ReadingOptions } from './image-reader.ts';
import { defineReader } from './image-reader.ts';
import type { KdumpHeader } from './kdump-header.ts';
import { isKdump, readKdumpHeader, STATUS_INCOMPLETE } from './kdump-header.ts';
import { KdumpPages } from './kdump-pages.ts';
import { PageUnpackers } from './page-unpackers.ts';
import { prepareZstd } from './zstd-frame.ts';

export const kdump: ImageReader = defineReader({
  contract: 1,
  id: 'kdump',
  title: 'kdump-compressed: makedumpfile, QEMU dump-guest-memory kdump-raw-*',
  recognises: (head) => isKdump(head),
  open: (file, options) => openKdump(file, options),
});

export const flattenedDump: ImageReader = defineReader({
  contract: 1,
  id: 'flattened',
  title: 'Flattened dump: QEMU dump-guest-memory kdump-*, makedumpfile -F',
  recognises: (head) => isFlattened(head),
  open: (file, options) => {
    const whole = new FlattenedFile(file);
    const head = bytesAt(whole, 0, Math.min(8, whole.size));
    return isElf(head) ? elfCore.open(whole, options) : openKdump(whole, options);
  },
});

async function openKdump(file: ImageFile, options: ReadingOptions): Promise<ImagePages> {
  await prepareZstd();
  const header = readKdumpHeader(file);
  const pages = new KdumpPages(file, header, new PageUnpackers(file));
  const devices = options.deviceMemory === true ? NO_DEVICES : devicesOf(header, pages);
  return {
    extents: () => withoutDevices(pages.extents(), devices.ranges),
    read: (first, count, into, states) => pages.read(first, count, into, states),
    notes: [...notesOf(header), ...devices.notes],
  };
}

const FOUR_GIB = 0x1_0000_0000 / PAGE_BYTES;
const MACHINES: readonly (readonly [name: RegExp, machine: DumpedMachine['machine']])[] = [
  // makedumpfile does not always keep the machine's name; where QEMU's notes are, it was x86.
  [/^(x86_64|i\d86)?$/, 'x86'],
  [/^aarch64$/, 'arm64'],
  [/^riscv64$/, 'riscv'],
  [/^ppc64/, 'ppc64'],
];

/** QEMU dumps video memory and firmware with the rest; makedumpfile keeps its notes. */
function devicesOf({ isQemu, machine }: KdumpHeader, pages: KdumpPages): DumpedDevices {
  const found = MACHINES.find(([name]) => name.test(machine));
  if (!isQemu || found === undefined) return NO_DEVICES;
  return devicesOfDump({ machine: found[1], writer: 'QEMU', ranges: rangesOf(pages), shows: 'pages' });
}

/** Up to the first range that reaches 4 GiB: devices lie below, and a lying file may have any number above. */
function* rangesOf(pages: KdumpPages): Generator<PageRange, void> {
  let open: { first: number; end: number } | undefined;
  for (const { first, count } of pages.extents()) {
    if (open !== undefined && open.end > FOUR_GIB) break;
    if (open?.end === first) open.end += count;
    else {
      if (open !== undefined) yield open;
      open = { first, end: first + count };
    }
  }
  if (open !== undefined) yield open;
}

function notesOf({ status, dumpLevel, isQemu }: KdumpHeader): string[] {
  const notes: string[] = [];
  if ((status & STATUS_INCOMPLETE) !== 0) notes.push('makedumpfile marked this dump as incomplete');
  const left = [
    [1, 'zero pages'],
    [2, 'the page cache'],
    [4, 'private pages of the cache'],
    [8, 'user data'],
    [16, 'free pages'],
  ] as const;
  const named = left.filter(([bit]) => (dumpLevel & bit) !== 0).map(([, what]) => what);
  // QEMU writes level 1 and leaves nothing out.
  if (named.length > 0 && !(isQemu && dumpLevel === 1))
    notes.push(`the dump was taken without ${named.join(', ')} (dump level ${dumpLevel})`);
  return notes;
}
