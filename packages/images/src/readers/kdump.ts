/**
 * kdump-compressed dumps: makedumpfile and QEMU's dump-guest-memory, as they are or flattened. Pages that makedumpfile
 * was told to leave out are unknown, whatever a debugger would show for them.
 */
import { deviceFrom, withoutDevices } from './device-memory.ts';
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
  const from = options.deviceMemory === true ? undefined : deviceStart(header);
  return {
    extents: () => withoutDevices(pages.extents(), from),
    read: (first, count, into, states) => pages.read(first, count, into, states),
    notes: notesOf(header),
  };
}

/** makedumpfile keeps QEMU's notes and not always the machine's name; QEMU writes these notes for x86 alone. */
function deviceStart({ isQemu, machine }: KdumpHeader): number | undefined {
  if (!isQemu) return undefined;
  return /^(x86_64|i\d86)?$/.test(machine) ? deviceFrom(62, 'all') : undefined;
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
