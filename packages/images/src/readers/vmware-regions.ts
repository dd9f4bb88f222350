/**
 * The side file of a VMware .vmem (.vmss of a suspended machine, .vmsn of a snapshot), as far as the map of memory
 * regions in it goes: groups of tags, named by their path. After crash's vmware_vmss.c and Volatility 3's vmware.py.
 */
import { OverbookError } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
import type { ImageFile } from './image-file.ts';
import { bytesAt } from './image-file.ts';
import { Fields } from './number-fields.ts';

/** Some pages of the .vmem and where the guest has them. */
export interface VmwareRegion {
  /** Guest page number of the first. */
  readonly first: number;
  /** Page of the .vmem. */
  readonly filePage: number;
  readonly count: number;
}

/** Bytes as they stand in the file; the first says the version. */
const MAGICS = [0xbed2bed0, 0xbad1bad1, 0xbed2bed2, 0xbed3bed3];
const HEADER_BYTES = 12;
const GROUP_BYTES = 80;
const GROUPS_MAX = 4096;
/** Tags of the group "memory" are some hundred bytes; what is larger holds the memory itself. */
const GROUP_TAGS_MAX = 65_536;

export function isVmwareSideFile(head: Uint8Array): boolean {
  return head.length >= HEADER_BYTES && MAGICS.includes(new Fields(head).u32(0));
}

/** The regions in the file, in its order; none when memory is in one piece. Throws OVB_IMAGE_CORRUPT, _TRUNCATED. */
export function readVmwareRegions(file: ImageFile): VmwareRegion[] {
  const header = new Fields(bytesAt(file, 0, HEADER_BYTES));
  const sizeBytes = (header.u32(0) & 0xf) === 0 ? 4 : 8;
  const count = header.u32(8);
  if (count > GROUPS_MAX) throw corruptSide(file, 8, `claims ${count} groups`);
  for (let group = 0; group < count; group++) {
    const at = HEADER_BYTES + group * GROUP_BYTES;
    const entry = bytesAt(file, at, GROUP_BYTES);
    if (nameIn(entry, 0, 64) !== 'memory') continue;
    return regionsOf(file, new Fields(entry).u64(64), sizeBytes);
  }
  return [];
}

function regionsOf(file: ImageFile, from: number, sizeBytes: number): VmwareRegion[] {
  const tags = readTags(file, from, sizeBytes);
  const count = tags.get('regionsCount') ?? 0;
  if (count > 1024) throw corruptSide(file, from, `claims ${count} memory regions`);
  return Array.from({ length: count }, (_, index) => {
    const [first, filePage, pages] = ['regionPPN', 'regionPageNum', 'regionSize'].map((name) =>
      tags.get(`${name}[${index}]`),
    );
    if (first === undefined || filePage === undefined || pages === undefined)
      throw corruptSide(file, from, `does not say where memory region ${index} is`);
    return { first, filePage, count: pages };
  });
}

/** Numbers of a group by name and index. Tags of other lengths are stepped over; memory itself ends the search. */
function readTags(file: ImageFile, from: number, sizeBytes: number): Map<string, number> {
  const tags = new Map<string, number>();
  const bytes = bytesAt(file, from, Math.max(0, Math.min(GROUP_TAGS_MAX, file.size - from)));
  const fields = new Fields(bytes);
  for (let at = 0; at + 2 <= bytes.length;) {
    const flags = bytes[at]!;
    const nameBytes = bytes[at + 1]!;
    if (flags === 0 && nameBytes === 0) return tags;
    const indices = (flags >>> 6) & 3;
    const short = flags & 0x3f;
    const body = at + 2 + nameBytes + indices * 4;
    if (short >= 62) {
      at = longEnd(file, fields, from, body, sizeBytes, bytes.length);
      continue;
    }
    if (body + short > bytes.length) break;
    if (short === 4 || short === 8) {
      const index = indices === 0 ? '' : `[${fields.u32(at + 2 + nameBytes)}]`;
      tags.set(
        `${nameIn(bytes, at + 2, nameBytes)}${index}`,
        short === 4 ? fields.u32(body) : fields.u64(body),
      );
    }
    at = body + short;
  }
  throw corruptSide(file, from, `has a group of tags without an end in its first ${bytes.length} bytes`);
}

/** Long data: its size twice, two bytes of which the first half is padding, then that padding, then the data. */
function longEnd(
  file: ImageFile,
  fields: Fields,
  from: number,
  body: number,
  sizeBytes: number,
  end: number,
): number {
  const data = body + 2 * sizeBytes + 2;
  if (data > end) throw corruptSide(file, from + body, 'ends inside a tag');
  const size = sizeBytes === 4 ? fields.u32(body) : fields.u64(body);
  const padding = fields.u16(body + 2 * sizeBytes);
  const next = data + padding + size;
  if (next <= end) return next;
  throw memoryInside(file, from + body, size);
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
    'Copy .vmem and .vmss or .vmsn again, together.',
  );
}

function memoryInside(file: ImageFile, at: number, size: number): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_FORMAT',
    placeOf(file.name, at),
    `this VMware state file has ${size} bytes where its memory map should be: old ones keep the memory there`,
    'Take a snapshot with a current version, which writes a .vmem, and give that.',
  );
}
