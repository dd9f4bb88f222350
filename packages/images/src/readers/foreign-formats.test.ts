/** First bytes of what is no memory image. Each is followed by whole pages, as a file of that size would be. */
import { describe, expect, test } from 'vitest';
import { Layout, PAGE } from '../../test/image-writers.ts';
import { somePages } from '../../test/fuzz-seeds.ts';
import { MemoryFile } from './image-file.ts';
import { ASSUMED_RAW, openImageFile } from './open-image.ts';

type Piece = readonly [at: number, bytes: string];

function fileWith(...pieces: readonly Piece[]): Buffer {
  const layout = new Layout(18 * PAGE);
  layout.bytes.set(somePages(17, 3), PAGE);
  for (const [at, bytes] of pieces) layout.bytes.write(bytes, at, 'latin1');
  return layout.bytes;
}
function open(bytes: Uint8Array, format?: string) {
  return openImageFile(new MemoryFile('x', bytes), format === undefined ? {} : { format });
}
function number(value: number, bytes = 4): string {
  return Buffer.from(Array.from({ length: bytes }, (_, at) => (value / 256 ** at) & 0xff)).toString('latin1');
}

const KNOWN: readonly (readonly [named: string, ...pieces: Piece[]])[] = [
  ['QEMU migration stream', [0, 'QEVM']],
  ['virsh save', [0, 'LibvirtQemudPart']],
  ['saved domain of Xen', [0, 'Xen saved domain, xl format\n']],
  ['saved domain of Xen', [0, `${'\xff'.repeat(8)}XENF`]],
  ['VirtualBox saved state', [0, '\x7fVirtualBox SavedState V2.0']],
  ['Hyper-V', [0, number(0x0128_2014)]],
  ['Hyper-V', [4096, number(0x0128_2014)]],
  ['Firecracker', [0, '\0\0\x64\x86\x84\x19\x10\x07']],
  ['Firecracker', [0, '\x01\0\xaa\xaa\x84\x19\x10\x07']],
  ['gVisor', [0, 'gVisorSF']],
  ['CRIU', [0, number(0x5456_4319)]],
  ['Proxmox', [0, 'VMA\0']],
  ['Linux hibernation', [4086, 'S1SUSPEND']],
  ['Windows hibernation', [0, 'wake']],
  ['Windows hibernation', [4096, '\x81\x81xpress']],
  ['macOS hibernation file', [0, 'emis']],
  ['Windows crash dump', [0, 'PAGEDUMP']],
  ['minidump of a process', [0, 'MDMP']],
  ['diskdump', [0, 'DISKDUMP']],
  ['LKCD', [0, '\xed\x23\x8f\x61\x73\x01\x19\xa8']],
  ['s390', [0, '\xa8\x19\x01\x73\x61\x8f\x23\xfd']],
  ['sadump', [0, 'sadump\0\0']],
  ['FreeBSD minidump', [0, 'minidump FreeBSD/amd64']],
  ['Solaris', [0, number(0xdefe_c8ed)]],
  ['Mach-O', [0, number(0xfeed_facf)]],
  ['EnCase', [0, 'EVF\x09\r\n\xff\0']],
  ['EnCase', [0, 'EVF2\r\n\x81\0']],
  ['AFF container', [0, 'AFF10\r\n\0']],
  ['AD1', [0, 'ADSEGMENTEDFILE']],
  ['HPAK', [0, 'HPAK']],
  ['AFF4', [0, 'PK\x03\x04'], [30, 'container.description']],
  ['AFF4', [0, 'PK\x03\x04'], [18 * PAGE - 300, 'information.turtle']],
  ['zip archive', [0, 'PK\x03\x04']],
  ['packed by xz', [0, '\xfd7zXZ\0']],
  ['packed by zstd', [0, '\x28\xb5\x2f\xfd']],
  ['packed by zstd', [0, '\x5e\x2a\x4d\x18']],
  ['packed by lz4', [0, '\x02\x21\x4c\x18']],
  ['packed by lzop', [0, '\x89LZO\0\r\n\x1a\n']],
  ['packed by lzip', [0, 'LZIP']],
  ['packed by lzma', [0, `\x5d\0\0\x80\0${'\xff'.repeat(8)}`]],
  ['packed by lrzip', [0, 'LRZI']],
  ['packed by compress', [0, '\x1f\x9d\x90']],
  ['packed by bzip2', [0, 'BZh91AY&SY']],
  ['7z archive', [0, '7z\xbc\xaf\x27\x1c']],
  ['rar archive', [0, 'Rar!\x1a\x07\x01']],
  ['tar archive', [257, 'ustar\x0000']],
  ['cpio archive', [0, '070701']],
  ['cpio archive', [0, '\xc7\x71'], [20, '\x02\0'], [26, 'a\0']],
  ['ar archive', [0, '!<arch>\n']],
  ['LUKS', [0, 'LUKS\xba\xbe']],
  ['BitLocker', [3, '-FVE-FS-']],
  ['openssl', [0, 'Salted__']],
  ['qcow2', [0, 'QFI\xfb']],
  ['QED', [0, 'QED\0']],
  ['VMDK', [0, 'KDMV']],
  ['VHDX', [0, 'vhdxfile']],
  ['VDI', [64, number(0xbeda_107f)]],
  ['Parallels', [0, 'WithouFreSpacExt']],
  ['partition table', [512, 'EFI PART']],
  ['partition table', [446, '\x80\0\0\0\x83\0\0\0\0\x08\0\0\0\0\x10\0'], [510, '\x55\xaa']],
  ['swap area', [4086, 'SWAPSPACE2']],
  ['ext4', [1080, '\x53\xef\x01\0\x01\0']],
  ['XFS', [0, 'XFSB\0\0\x10\0']],
  ['Btrfs', [0x1_0040, '_BHRfS_M']],
  ['NTFS', [3, 'NTFS    ']],
  ['SquashFS', [0, 'hsqs']],
  ['EROFS', [1024, number(0xe0f5_e1e2)]],
  ['ISO 9660', [32_769, 'CD001']],
  ['LVM', [512, 'LABELONE']],
  ['Linux RAID', [4096, number(0xa92b_4efc)]],
  ['program of Windows', [0, 'MZ'], [60, '\x80\0\0\0'], [128, 'PE\0\0']],
  ['Linux kernel', [510, '\x55\xaa'], [0x202, 'HdrS']],
  ['network packet capture', [0, '\x0a\x0d\x0d\x0a']],
  ['network packet capture', [0, number(0xa1b2_c3d4)]],
  ['SQLite', [0, 'SQLite format 3\0']],
  ['systemd', [0, 'LPKSHHRH']],
  ['overbook trace or recording', [0, '\x89OVR\r\n']],
  ['page digest', [0, '\x89OVD\r\n']],
  ['PDF', [0, '%PDF-1.7']],
  ['text file', [0, `${'{"memory": [1, 2, 3]}\n'.repeat(30)}`]],
  ['text file', [0, `<?xml version="1.0"?>${' '.repeat(600)}`]],
];

describe('each is refused by its name, with what helps, and never taken for raw memory', () => {
  test.each(KNOWN.map(([named, ...pieces]) => [named, pieces] as const))('%s', async (named, pieces) => {
    await expect(open(fileWith(...pieces))).rejects.toMatchObject({
      code: 'OVB_IMAGE_FORMAT',
      what: expect.stringContaining(named) as string,
      mend: expect.stringMatching(/^[A-Z].{20,}\.$/s) as string,
    });
  });
  test('a VHD of fixed size by its footer', async () => {
    const disk = Buffer.concat([somePages(3, 1), new Layout(512).text(0, 'conectix').bytes]);
    await expect(open(disk)).rejects.toMatchObject({ what: expect.stringContaining('VHD') as string });
  });
});

describe('what only looks a little like one of them is memory', () => {
  const pages: readonly (readonly [why: string, ...pieces: Piece[]])[] = [
    ['a boot signature without partitions', [510, '\x55\xaa']],
    ['two bytes of compress', [0, '\x1f\x9d\xff']],
    ['two bytes of cpio', [0, '\xc7\x71\0\0']],
    ['MZ without a PE header', [0, 'MZ'], [60, '\x80\0\0\0']],
    ['the magic of ext without a state', [1080, '\x53\xef\xff\xff']],
    ['a brace', [0, '{"'], [40, '\0']],
    ['interrupt vectors', [0, '\x53\xff\0\xf0'.repeat(256)]],
  ];
  test.each(pages.map(([why, ...pieces]) => [why, pieces] as const))('%s', async (_why, pieces) => {
    expect((await open(fileWith(...pieces))).format).toBe('raw');
  });
});

test('an image says when it was assumed to be raw, and not when somebody said so', async () => {
  expect((await open(fileWith())).notes).toEqual([ASSUMED_RAW]);
  expect((await open(fileWith(), 'raw')).notes).toEqual([]);
});
