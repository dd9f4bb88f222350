/**
 * Formats with a mark of their own that are no memory image which is read here: saved states, crash dumps, forensic
 * containers, archives, disk images. After file(1)'s magic and the sources named in docs/formats/images.md.
 */
import type { ImageFile } from './image-file.ts';
import { Fields, hasText } from './number-fields.ts';

/** A format that is refused by its name. */
export interface ForeignFormat {
  /** What the file is, as errors say it. */
  readonly what: string;
  /** What helps instead. */
  readonly mend: string;
  readonly shows: (head: Uint8Array, file: ImageFile) => boolean;
}

const DUMP_IT =
  'Take it with `virsh dump --memory-only DOMAIN FILE`, or QMP dump-guest-memory, and give the result.';
const IN_THE_GUEST = 'Run avml or LiME inside the guest instead, and give its output.';
const NOT_MEMORY = "Give an image of a machine's memory: `virsh dump --memory-only`, pmemsave, LiME or AVML.";
const ANY_MEMORY =
  'Take the memory in a format that is read (docs/formats/images.md), with `virsh dump --memory-only`, pmemsave, ' +
  'LiME or AVML.';

function unpack(command: string): string {
  return `Unpack it with \`${command}\` and give the result, or pipe it into -.`;
}
function extract(command: string): string {
  return `Take the memory image out of it (\`${command}\`) and give the result.`;
}
function at(offset: number, ...texts: readonly string[]) {
  return (head: Uint8Array): boolean => texts.some((text) => hasText(head, offset, text));
}
function number32(offset: number, ...values: readonly number[]) {
  return (head: Uint8Array): boolean => {
    if (head.length < offset + 4) return false;
    const fields = new Fields(head);
    return values.includes(fields.u32(offset));
  };
}
function any(...tests: readonly ((head: Uint8Array, file: ImageFile) => boolean)[]) {
  return (head: Uint8Array, file: ImageFile): boolean => tests.some((test) => test(head, file));
}
function of(
  what: string,
  mend: string,
  ...tests: readonly ((head: Uint8Array, file: ImageFile) => boolean)[]
): ForeignFormat {
  return { what: `is ${what}`, mend, shows: any(...tests) };
}

/** Hypervisors' and checkpointers' states: memory is in them, packed or in pieces. */
const SAVED_STATES: readonly ForeignFormat[] = [
  of('a QEMU migration stream, as plain `virsh dump` and `savevm` write it', DUMP_IT, at(0, 'QEVM')),
  of(
    'a saved libvirt guest (`virsh save`)',
    `Restore the machine first. ${DUMP_IT}`,
    at(0, 'LibvirtQemudSave', 'LibvirtQemudPart'),
  ),
  of(
    'a saved domain of Xen',
    `Restore it first. ${IN_THE_GUEST}`,
    at(0, 'Xen saved domain', 'LinuxGuestRecord', 'XenSavedDomain', `${'\xff'.repeat(8)}XENF`),
  ),
  of(
    'a VirtualBox saved state',
    'Use `VBoxManage debugvm VM dumpvmcore --filename FILE` and give the result.',
    at(0, '\x7fVirtualBox SavedState'),
  ),
  of(
    'a Hyper-V saved state (.vmrs), whose memory is packed block by block',
    `Start the machine. ${IN_THE_GUEST}`,
    number32(0, 0x0128_2014),
    number32(4096, 0x0128_2014),
  ),
  of(
    'the state file of a Firecracker microVM',
    'Give the memory file of the snapshot (`mem_file_path`), which is raw memory.',
    at(2, '\x64\x86\x84\x19\x10\x07', '\xaa\xaa\x84\x19\x10\x07'),
  ),
  of('a checkpoint of gVisor', ANY_MEMORY, at(0, 'gVisorSF')),
  of('a CRIU image file, which holds process state', ANY_MEMORY, number32(0, 0x5456_4319, 0x5510_5940)),
  of(
    'a backup of Proxmox (VMA)',
    'Restore it and start the machine. In its monitor (`qm monitor ID`), run `dump-guest-memory FILE`.',
    at(0, 'VMA\0'),
  ),
  of(
    'a Linux hibernation image',
    'Run avml or LiME in the running system instead.',
    at(4096 - 10, 'S1SUSPEND', 'S2SUSPEND', 'ULSUSPEND', 'LINHIB0001'),
  ),
  of(
    'a Windows hibernation file',
    'Take the memory of the running machine from its hypervisor instead.',
    at(0, 'HIBR', 'hibr', 'WAKE', 'wake', 'RSTR'),
    // Windows clears the first page when it resumed; what is packed stays.
    (head) => [1, 2, 3, 4, 5, 6, 7].some((page) => hasText(head, page * 4096, '\x81\x81xpress')),
  ),
  of('a macOS hibernation file', 'Take the memory of the running machine instead.', at(0, 'emis')),
];

/** What kernels and their dumpers write when a machine crashes. */
const CRASH_DUMPS: readonly ForeignFormat[] = [
  of('a Windows crash dump', DUMP_IT, at(0, 'PAGEDU64', 'PAGEDUMP')),
  of('a Windows minidump of a process', NOT_MEMORY, at(0, 'MDMP')),
  of(
    'a diskdump of an old kernel',
    'Convert it with `makedumpfile -E` on a system of its time, or take the memory with avml or LiME.',
    at(0, 'DISKDUMP'),
  ),
  of(
    'an LKCD or s390 stand-alone dump',
    'Convert it to an ELF core (s390: `zgetdump -f elf DUMP > FILE`) and give the result.',
    at(
      0,
      '\xed\x23\x8f\x61\x73\x01\x19\xa8',
      '\xcd\x23\x8f\x61\x73\x01\x19\xa8',
      '\xfd\x23\x8f\x61\x73\x01\x19\xa8',
    ),
    at(
      0,
      '\xa8\x19\x01\x73\x61\x8f\x23\xed',
      '\xa8\x19\x01\x73\x61\x8f\x23\xcd',
      '\xa8\x19\x01\x73\x61\x8f\x23\xfd',
    ),
  ),
  of(
    'a dump of sadump',
    'Convert it with `makedumpfile -c DUMP FILE` and give the result.',
    at(0, 'sadump\0\0'),
  ),
  of('a FreeBSD minidump', ANY_MEMORY, at(0, 'minidump FreeBSD/')),
  of('a FreeBSD kernel dump', ANY_MEMORY, at(0, 'FreeBSD Kernel Dump')),
  of('a Solaris or illumos crash dump', ANY_MEMORY, number32(0, 0xdefe_c8ed), at(0, '\xde\xfe\xc8\xed')),
  of(
    'a Mach-O file: a macOS core, or a program',
    ANY_MEMORY,
    at(0, '\xce\xfa\xed\xfe', '\xcf\xfa\xed\xfe', '\xfe\xed\xfa\xce', '\xfe\xed\xfa\xcf'),
  ),
];

const FORENSIC: readonly ForeignFormat[] = [
  of(
    'an EnCase (EWF) container',
    'Export it as raw (`ewfexport -f raw -t NAME FILE`) and give NAME.raw.',
    at(0, 'EVF\x09\r\n\xff\0', 'EVF2\r\n\x81\0', 'LVF\x09\r\n\xff\0', 'LEF2\r\n\x81\0'),
  ),
  of('an AFF container', 'Convert it with `affconvert -r FILE` and give the raw file.', at(0, 'AFF10\r\n\0')),
  of('an AccessData AD1 container', ANY_MEMORY, at(0, 'ADSEGMENTEDFILE')),
  of(
    'an HPAK archive of FDPro',
    'Extract the memory with `hpakextract` of Volatility 2 and give the result.',
    at(0, 'HPAK'),
  ),
  of(
    'an AFF4 volume, as WinPmem and Linpmem write it: its memory is split into chunks that are packed one by one',
    'Export its memory stream with an AFF4 tool (`winpmem -e */PhysicalMemory -D FOLDER FILE`) and give that; ' +
      '`unzip` does not reassemble it.',
    isAff4,
  ),
];

const PACKED: readonly ForeignFormat[] = [
  of('packed by xz', unpack('xz -dc'), at(0, '\xfd7zXZ\0')),
  of('packed by zstd', unpack('zstd -dc'), at(0, '\x28\xb5\x2f\xfd'), (head) => isSkippableFrame(head)),
  of('packed by lz4', unpack('lz4 -dc'), at(0, '\x04\x22\x4d\x18', '\x02\x21\x4c\x18')),
  of('packed by lzop', unpack('lzop -dc'), at(0, '\x89LZO\0\r\n\x1a\n')),
  of('packed by lzip', unpack('lzip -dc'), at(0, 'LZIP')),
  of('packed by lzma', unpack('xz -dc --format=lzma'), (head) => isLzma(head)),
  of('packed by lrzip', unpack('lrzip -d -o -'), at(0, 'LRZI')),
  of('packed by compress', unpack('gzip -dc'), isCompress),
  of('packed by bzip2', unpack('bzip2 -dc'), (head) => hasText(head, 0, 'BZh') && hasText(head, 4, '1AY&SY')),
  of('packed by snappy', 'Unpack it (`snzip -dc`) and give the result.', at(0, '\xff\x06\0\0sNaPpY')),
  of('a zip archive', extract('unzip -p FILE MEMBER'), at(0, 'PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08')),
  of('a 7z archive', extract('7z x FILE'), at(0, '7z\xbc\xaf\x27\x1c')),
  of('a rar archive', extract('unrar x FILE'), at(0, 'Rar!\x1a\x07')),
  of('a tar archive', extract('tar -xf FILE MEMBER'), at(257, 'ustar')),
  of('a cpio archive', extract('cpio -idv < FILE'), at(0, '070701', '070702', '070707'), isOldCpio),
  of('an ar archive', extract('ar x FILE'), at(0, '!<arch>\n')),
  of('a cabinet archive', extract('cabextract FILE'), at(0, 'MSCF\0\0\0\0')),
  of('a xar archive', extract('xar -xf FILE'), at(0, 'xar!')),
  of('a Windows image (WIM)', extract('wimextract FILE 1'), at(0, 'MSWIM\0\0\0')),
  of('an RPM package', NOT_MEMORY, at(0, '\xed\xab\xee\xdb')),
  of('encrypted (LUKS)', NOT_MEMORY, at(0, 'LUKS\xba\xbe', 'SKUL\xba\xbe')),
  of('encrypted (BitLocker)', NOT_MEMORY, at(3, '-FVE-FS-')),
  of('encrypted by openssl', 'Decrypt it first and give the result.', at(0, 'Salted__')),
  of('encrypted by age', 'Decrypt it (`age -d`) and give the result.', at(0, 'age-encryption.org/')),
  of('encrypted by PGP', 'Decrypt it (`gpg -d`) and give the result.', at(0, '-----BEGIN PGP')),
];

const DISKS: readonly ForeignFormat[] = [
  of('a disk image (qcow2)', NOT_MEMORY, at(0, 'QFI\xfb')),
  of('a disk image (QED)', NOT_MEMORY, at(0, 'QED\0')),
  of('a disk image (VMDK)', NOT_MEMORY, at(0, 'KDMV', 'COWD', '# Disk DescriptorFile')),
  of('a disk image (VHD or VHDX)', NOT_MEMORY, at(0, 'vhdxfile', 'conectix'), hasVhdFooter),
  of('a disk image (VDI)', NOT_MEMORY, at(0, '<<< '), number32(64, 0xbeda_107f)),
  of('a disk image (Parallels)', NOT_MEMORY, at(0, 'WithoutFreeSpace', 'WithouFreSpacExt')),
  of('a disk image (Bochs)', NOT_MEMORY, at(0, 'Bochs Virtual HD Image')),
  of('a disk image (Android sparse)', NOT_MEMORY, number32(0, 0xed26_ff3a)),
  of('a disk image (partclone)', NOT_MEMORY, at(0, 'partclone-image')),
  of('a disk with a partition table', NOT_MEMORY, at(512, 'EFI PART'), (head) => hasPartitions(head)),
  of('a swap area', NOT_MEMORY, at(4096 - 10, 'SWAPSPACE2', 'SWAP-SPACE')),
  of('a file system (ext2, ext3, ext4)', NOT_MEMORY, isExt),
  of('a file system (XFS)', NOT_MEMORY, at(0, 'XFSB\0\0')),
  of('a file system (Btrfs)', NOT_MEMORY, (_head, file) => fileHas(file, 0x1_0040, '_BHRfS_M')),
  of(
    'a file system (NTFS, exFAT or FAT)',
    NOT_MEMORY,
    at(3, 'NTFS    ', 'EXFAT   '),
    at(54, 'FAT12   ', 'FAT16   '),
    at(82, 'FAT32   '),
  ),
  of('a file system (SquashFS)', NOT_MEMORY, at(0, 'hsqs', 'sqsh')),
  of('a file system (EROFS)', NOT_MEMORY, number32(1024, 0xe0f5_e1e2)),
  of('a file system (F2FS)', NOT_MEMORY, number32(1024, 0xf2f5_2010)),
  of('a file system (cramfs)', NOT_MEMORY, number32(0, 0x28cd_3d45)),
  of('a file system (ISO 9660)', NOT_MEMORY, at(32_769, 'CD001')),
  of('a volume of LVM', NOT_MEMORY, at(512, 'LABELONE')),
  of('a member of a Linux RAID', NOT_MEMORY, number32(4096, 0xa92b_4efc)),
];

const OTHERS: readonly ForeignFormat[] = [
  of('an overbook trace or recording', NOT_MEMORY, at(0, '\x89OVT\r\n', '\x89OVR\r\n')),
  of(
    'a page digest of overbook',
    'Give it to a command that takes digests; it holds no page bytes.',
    at(0, '\x89OVD\r\n'),
  ),
  of('a program of Windows', NOT_MEMORY, (head) => isPortableExecutable(head)),
  of('a Java class or a Mach-O program', NOT_MEMORY, at(0, '\xca\xfe\xba\xbe')),
  of('a WebAssembly module', NOT_MEMORY, at(0, '\0asm\x01\0\0\0')),
  of('a Linux kernel', NOT_MEMORY, (head) => hasText(head, 0x202, 'HdrS') && hasText(head, 510, '\x55\xaa')),
  of(
    'a network packet capture',
    NOT_MEMORY,
    number32(0, 0xa1b2_c3d4, 0xd4c3_b2a1, 0xa1b2_3c4d, 0x4d3c_b2a1),
    at(0, '\x0a\x0d\x0d\x0a'),
  ),
  of('an SQLite database', NOT_MEMORY, at(0, 'SQLite format 3\0')),
  of('a journal of systemd', NOT_MEMORY, at(0, 'LPKSHHRH')),
  of('a recording of perf', NOT_MEMORY, at(0, 'PERFILE2', '2ELIFREP')),
  of('a recording of trace-cmd', NOT_MEMORY, at(0, '\x17\x08Dtracing')),
  of('an event log of Windows', NOT_MEMORY, at(0, 'ElfFile\0')),
  of('a registry hive of Windows', NOT_MEMORY, at(0, 'regf')),
  of('a picture', NOT_MEMORY, at(0, '\x89PNG', '\xff\xd8\xff', 'GIF87a', 'GIF89a')),
  of('a PDF file', NOT_MEMORY, at(0, '%PDF-')),
  of('an Office document', NOT_MEMORY, at(0, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')),
  of('a scientific data file', NOT_MEMORY, at(0, '\x89HDF\r\n\x1a\n', '\x93NUMPY', 'PAR1')),
  of('a text file (JSON, XML, a script or a descriptor)', NOT_MEMORY, (head) => isText(head)),
];

/** In the order in which they are tried: a format that contains another comes before it. */
export const FOREIGN_FORMATS: readonly ForeignFormat[] = [
  ...SAVED_STATES,
  ...CRASH_DUMPS,
  ...FORENSIC,
  ...PACKED,
  ...DISKS,
  ...OTHERS,
];

/** An AFF4 volume is a zip; its marks are the names of members at its front or in its directory at the end. */
function isAff4(head: Uint8Array, file: ImageFile): boolean {
  if (!hasText(head, 0, 'PK')) return false;
  const marks = ['container.description', 'information.turtle', 'aff4%3A', 'aff4://'];
  const tail = new Uint8Array(Math.min(65_536, file.size));
  file.read(file.size - tail.length, tail);
  return [head, tail].some((bytes) => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    return marks.some((mark) => text.includes(mark));
  });
}

/** zstd and lz4 allow any bytes in frames of these 16 numbers; tools put them first (pzstd, seekable zstd). */
function isSkippableFrame(head: Uint8Array): boolean {
  return (head[0]! & 0xf0) === 0x50 && hasText(head, 1, '\x2a\x4d\x18');
}

/** Mark, then the number of bits of its codes and whether it resets them. */
function isCompress(head: Uint8Array): boolean {
  const bits = (head[2] ?? 0) & 0x1f;
  return hasText(head, 0, '\x1f\x9d') && bits >= 9 && bits <= 16;
}

/**
 * The oldest cpio has a magic number of only two bytes: after its header of 26 bytes comes a name of the length it
 * states.
 */
function isOldCpio(head: Uint8Array): boolean {
  if (!hasText(head, 0, '\xc7\x71') || head.length < 26) return false;
  const name = new Fields(head).u16(20);
  return name > 1 && name < 1024 && head[26 + name - 1] === 0 && head[26]! > 0x20;
}

/** xz's old format has no mark: properties, a dictionary of a usual size, and a length that is not said. */
function isLzma(head: Uint8Array): boolean {
  return hasText(head, 0, '\x5d\0\0') && hasText(head, 5, '\xff'.repeat(8));
}

/** A VHD of fixed size is the disk with a footer of 512 bytes. */
function hasVhdFooter(_head: Uint8Array, file: ImageFile): boolean {
  return file.size % 4096 === 512 && fileHas(file, file.size - 512, 'conectix');
}

/** Four entries, each empty or with a place; in memory this page holds addresses. */
function hasPartitions(head: Uint8Array): boolean {
  if (!hasText(head, 510, '\x55\xaa')) return false;
  const fields = new Fields(head);
  const entries = [446, 462, 478, 494].map((entry) => ({
    status: head[entry]!,
    type: head[entry + 4]!,
    start: fields.u32(entry + 8),
    sectors: fields.u32(entry + 12),
  }));
  const isPlausible = entries.every(({ status, type, start, sectors }) =>
    type === 0 ? sectors === 0 : (status === 0 || status === 0x80) && start > 0 && sectors > 0,
  );
  return isPlausible && entries.some(({ type }) => type !== 0);
}

/** Superblock at 1024: magic, a state and a way to treat errors that exist. */
function isExt(head: Uint8Array): boolean {
  if (head.length < 1024 + 64) return false;
  const fields = new Fields(head);
  const [magic, state, errors] = [0x38, 0x3a, 0x3c].map((field) => fields.u16(1024 + field));
  return magic === 0xef53 && state! <= 7 && errors! >= 1 && errors! <= 3;
}

function isPortableExecutable(head: Uint8Array): boolean {
  if (!hasText(head, 0, 'MZ') || head.length < 64) return false;
  return hasText(head, new Fields(head).u32(0x3c), 'PE\0\0');
}

/** Begins as a text of a known kind does, and goes on as text. */
function isText(head: Uint8Array): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(512, head.length)).toString('latin1');
  const isKnown = /^(\xef\xbb\xbf)?(\s*[[{]\s*["[{\d\]}-]|<\?xml|<!DOCTYPE|<html|#!|\.encoding = )/.test(
    text,
  );
  return isKnown && /^[\t\n\r\x20-\x7e\x80-\xff]+$/.test(text);
}

function fileHas(file: ImageFile, offset: number, text: string): boolean {
  if (offset < 0 || offset + text.length > file.size) return false;
  const bytes = new Uint8Array(text.length);
  file.read(offset, bytes);
  return hasText(bytes, 0, text);
}
