/** Formats that are recognised, not read, and refused with what to run instead: never taken for raw memory. */
import { OverbookError } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
import type { ImageFile } from './image-file.ts';
import type { ImageReader } from './image-reader.ts';
import { defineReader } from './image-reader.ts';
import { hasText } from './number-fields.ts';

interface Refused {
  readonly what: string;
  readonly mend: string;
  readonly shows: (head: Uint8Array) => boolean;
}

const dumpInstead =
  'Take it with `virsh dump --memory-only DOMAIN FILE`, or QMP dump-guest-memory, and give that.';
const notMemory = "Give an image of a machine's memory: `virsh dump --memory-only`, pmemsave, LiME or AVML.";
function unpack(command: string): string {
  return `Unpack it with \`${command}\` and give what comes out, or pipe it into -.`;
}
function at(offset: number, ...texts: readonly string[]) {
  return (head: Uint8Array): boolean => texts.some((text) => hasText(head, offset, text));
}

/** Signatures: QEMU migration/qemu-file.h, libvirt qemu_saveimage.h, Linux kernel/power/swap.c, and file(1)'s magic. */
const REFUSED: readonly Refused[] = [
  {
    what: 'is a QEMU migration stream, as plain `virsh dump` and `savevm` write it',
    mend: dumpInstead,
    shows: at(0, 'QEVM'),
  },
  {
    what: 'is a saved machine of libvirt (`virsh save`)',
    mend: `Restore the machine first. ${dumpInstead}`,
    shows: at(0, 'LibvirtQemudSave', 'LibvirtQemudPart'),
  },
  {
    what: 'is a Linux hibernation image',
    mend: 'Run avml or LiME in the running system instead.',
    shows: at(4096 - 10, 'S1SUSPEND', 'ULSUSPEND'),
  },
  {
    what: 'is a Windows hibernation file',
    mend: 'Take the memory of the running machine from its hypervisor instead.',
    shows: at(0, 'HIBR', 'hibr', 'WAKE', 'wake', 'RSTR'),
  },
  { what: 'is a Windows crash dump', mend: dumpInstead, shows: at(0, 'PAGEDU64', 'PAGEDUMP') },
  {
    what: 'is a saved domain of Xen',
    mend: 'Run avml or LiME inside the guest instead.',
    shows: at(0, 'Xen saved domain', 'LinuxGuestRecord', 'XenSavedDomain'),
  },
  {
    what: 'is a saved state of VirtualBox',
    mend: 'Use `VBoxManage debugvm VM dumpvmcore --filename FILE` and give that.',
    shows: at(0, '\x7fVirtualBox SavedState'),
  },
  {
    what: 'is a diskdump of an old kernel',
    mend: 'Take the dump again with makedumpfile.',
    shows: at(0, 'DISKDUMP'),
  },
  {
    what: 'is a trace or a recording of overbook',
    mend: notMemory,
    shows: at(0, '\x89OVT\r\n', '\x89OVR\r\n'),
  },
  {
    what: 'is a page digest of overbook',
    mend: 'Give it where digests are taken; there are no bytes in it.',
    shows: at(0, '\x89OVD\r\n'),
  },
  { what: 'is a disk image (qcow2)', mend: notMemory, shows: at(0, 'QFI\xfb') },
  { what: 'is a disk image (VMDK)', mend: notMemory, shows: at(0, 'KDMV', 'COWD', '# Disk DescriptorFile') },
  { what: 'is a disk image (VHDX)', mend: notMemory, shows: at(0, 'vhdxfile', 'conectix') },
  { what: 'is a disk image (VDI)', mend: notMemory, shows: at(0, '<<< ') },
  { what: 'is packed by xz', mend: unpack('xz -dc'), shows: at(0, '\xfd7zXZ\0') },
  { what: 'is packed by zstd', mend: unpack('zstd -dc'), shows: at(0, '\x28\xb5\x2f\xfd') },
  { what: 'is packed by lz4', mend: unpack('lz4 -dc'), shows: at(0, '\x04\x22\x4d\x18') },
  {
    what: 'is packed by bzip2',
    mend: unpack('bzip2 -dc'),
    shows: (head) => hasText(head, 0, 'BZh') && hasText(head, 4, '1AY&SY'),
  },
  {
    what: 'is packed by snappy',
    mend: 'Unpack it and give what comes out.',
    shows: at(0, '\xff\x06\0\0sNaPpY'),
  },
  { what: 'is a zip archive', mend: unpack('unzip -p'), shows: at(0, 'PK\x03\x04') },
  { what: 'is a 7z archive', mend: unpack('7z x -so'), shows: at(0, '7z\xbc\xaf\x27\x1c') },
  { what: 'is an SQLite database', mend: notMemory, shows: at(0, 'SQLite format 3\0') },
  { what: 'is a picture', mend: notMemory, shows: at(0, '\x89PNG', '\xff\xd8\xff') },
  { what: 'is a PDF file', mend: notMemory, shows: at(0, '%PDF-') },
];

export const refusedFormats: ImageReader = defineReader({
  contract: 1,
  id: 'refused',
  title: 'Formats that are recognised and not read',
  recognises: (head) => refusalOf(head) !== undefined,
  open: (file) => {
    const head = new Uint8Array(Math.min(4096, file.size));
    file.read(0, head);
    const found = refusalOf(head);
    throw refusal(file, found ?? { what: 'is in no format of this list', mend: notMemory });
  },
});

function refusalOf(head: Uint8Array): Refused | undefined {
  return REFUSED.find(({ shows }) => shows(head));
}

function refusal(file: ImageFile, { what, mend }: Pick<Refused, 'what' | 'mend'>): OverbookError {
  return new OverbookError('OVB_IMAGE_FORMAT', placeOf(file.name, 0), what, mend);
}
