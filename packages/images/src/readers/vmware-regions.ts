/**
 * State files of VMware (.vmss of a suspended machine, .vmsn of a snapshot), as far as memory goes: the map of its
 * regions, and where the memory itself is when it is not in a .vmem. Groups of tags, named by their path. After crash's
 * vmware_vmss.c and Volatility 3's vmware.py.
 */
import { OverbookError } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
import type { ImageFile } from './image-file.ts';
import { bytesAt, endsBefore } from './image-file.ts';
import { Fields } from './number-fields.ts';

/** Some pages of the .vmem and where the guest has them. */
export interface VmwareRegion {
  /** Guest page number of the first. */
  readonly first: number;
  /** Page of the .vmem. */
  readonly filePage: number;
  readonly count: number;
}

/** What a state file says of memory. */
export interface VmwareMemoryMap {
  /** In the file's order; none when memory is in one piece. */
  readonly regions: readonly VmwareRegion[];
  /** Memory in the state file itself, as ESX and old Workstations write it without a .vmem. */
  readonly inside?: VmwareBlock;
}

export interface VmwareBlock {
  /** Where its bytes begin in the state file. */
  readonly offset: number;
  readonly bytes: number;
  readonly isPacked: boolean;
}

/** The bytes of the file; the first says the version. */
const MAGICS = [0xbed0bed0, 0xbed2bed0, 0xbad1bad1, 0xbad2bad2, 0xbed2bed2, 0xbed3bed3];
const HEADER_BYTES = 12;
const GROUP_BYTES = 80;
const GROUPS_MAX = 4096;
/** A region takes three of them. */
const TAGS_MAX = 65_536;
const REGIONS_MAX = 1024;
/** Flags, length of the name, name, three indices, two sizes and a padding. */
const TAG_HEADER_BYTES_MAX = 2 + 255 + 12 + 18;
/** Values of the size field that mean a block: compressed, plain. */
const PACKED_BLOCK = 62;

export function isVmwareSideFile(head: Uint8Array): boolean {
  return head.length >= HEADER_BYTES && MAGICS.includes(new Fields(head).u32(0));
}

/** @throws OVB_IMAGE_CORRUPT, OVB_IMAGE_TRUNCATED */
export function readVmwareMemoryMap(file: ImageFile): VmwareMemoryMap {
  const header = new Fields(bytesAt(file, 0, HEADER_BYTES));
  const sizeBytes = (header.u32(0) & 0xf) === 0 ? 4 : 8;
  const count = header.u32(8);
  if (count > GROUPS_MAX) throw corruptSide(file, 8, `claims ${count} groups`);
  for (let group = 0; group < count; group++) {
    const entry = bytesAt(file, HEADER_BYTES + group * GROUP_BYTES, GROUP_BYTES);
    if (nameIn(entry, 0, 64) === 'memory') return memoryMapOf(file, new Fields(entry).u64(64), sizeBytes);
  }
  return { regions: [] };
}

function memoryMapOf(file: ImageFile, from: number, sizeBytes: number): VmwareMemoryMap {
  const { numbers, memory } = readTags(file, from, sizeBytes);
  const count = numbers.get('regionsCount') ?? 0;
  if (count > REGIONS_MAX) throw corruptSide(file, from, `claims ${count} memory regions`);
  const regions = Array.from({ length: count }, (_, index) => {
    const [first, filePage, pages] = ['regionPPN', 'regionPageNum', 'regionSize'].map((name) =>
      numbers.get(`${name}[${index}]`),
    );
    if (first === undefined || filePage === undefined || pages === undefined)
      throw corruptSide(file, from, `does not say where memory region ${index} is`);
    return { first, filePage, count: pages };
  });
  return { regions, ...(memory === undefined ? {} : { inside: memory }) };
}

interface Tags {
  /** By name and index. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly memory?: VmwareBlock;
}

/** The tags of a group. Values of other lengths, and blocks that are not the memory, are stepped over. */
function readTags(file: ImageFile, from: number, sizeBytes: number): Tags {
  const numbers = new Map<string, number>();
  let memory: VmwareBlock | undefined;
  let at = from;
  for (let count = 0; count < TAGS_MAX && at + 2 <= file.size; count++) {
    // Zeros behind the end of the file: that a tag reaches there is noticed by its length.
    const bytes = new Uint8Array(TAG_HEADER_BYTES_MAX);
    file.read(at, bytes.subarray(0, Math.min(bytes.length, file.size - at)));
    const [flags, nameBytes] = [bytes[0]!, bytes[1]!];
    if (flags === 0 && nameBytes === 0) return { numbers, ...(memory === undefined ? {} : { memory }) };
    const indices = (flags >>> 6) & 3;
    const length = flags & 0x3f;
    const name = nameIn(bytes, 2, nameBytes);
    const body = 2 + nameBytes + indices * 4;
    if (length >= PACKED_BLOCK) {
      const block = blockAt(file, at + body, sizeBytes, length === PACKED_BLOCK);
      if (name === 'Memory') memory ??= block;
      at = block.end;
      continue;
    }
    if (at + body + length > file.size) break;
    const fields = new Fields(bytes);
    const key = indices === 0 ? name : `${name}[${fields.u32(2 + nameBytes)}]`;
    if (length === 4) numbers.set(key, fields.u32(body));
    else if (length === 8) numbers.set(key, fields.u64(body));
    at += body + length;
  }
  throw corruptSide(file, from, 'has an unterminated group of tags');
}

/** A block: bytes in the file, bytes in memory, two bytes that say how much padding follows, the padding, the bytes. */
function blockAt(
  file: ImageFile,
  at: number,
  sizeBytes: number,
  mayBePacked: boolean,
): VmwareBlock & { readonly end: number } {
  const fields = new Fields(bytesAt(file, at, 2 * sizeBytes + 2));
  const [bytes, inMemory] = [0, sizeBytes].map((place) =>
    sizeBytes === 4 ? fields.u32(place) : fields.u64(place),
  ) as [number, number];
  const offset = at + 2 * sizeBytes + 2 + fields.u16(2 * sizeBytes);
  const end = offset + bytes;
  if (end > file.size) throw endsBefore(file, offset, bytes);
  return { offset, bytes, isPacked: mayBePacked && bytes !== inMemory, end };
}

function nameIn(bytes: Uint8Array, at: number, length: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('latin1');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function corruptSide(file: ImageFile, at: number, what: string): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_CORRUPT',
    placeOf(file.name, at),
    `this VMware state file ${what}`,
    'Copy the .vmem again together with its .vmss or .vmsn.',
  );
}
