/**
 * Holes of sparse files, by lseek(2) with SEEK_DATA and SEEK_HOLE. Node has no call for it, so libc's own is called
 * through koffi. Where that is not to be had (Windows, a file system without it) everything counts as data: holes are
 * then read as the zeros that they are, at the speed of memory.
 */
import { arch, platform } from 'node:os';

interface Seeker {
  readonly seek: (descriptor: number, offset: number, whence: number) => number;
  readonly errno: () => number;
  readonly data: number;
  readonly hole: number;
}

/** What <unistd.h> of each system says; macOS has them the other way round. */
const WHENCE: Readonly<Record<string, readonly [data: number, hole: number]>> = {
  linux: [3, 4],
  freebsd: [3, 4],
  darwin: [4, 3],
};
/** Where off_t has 64 bits without being asked. */
const WIDE = /64|s390x/;
const ENXIO = 6;

let seeker: Seeker | undefined;
let isReady = false;

/** Finds libc's lseek; done once per thread, before files are opened. Never throws. */
export async function prepareHoles(): Promise<void> {
  if (isReady) return;
  const whence = WHENCE[platform()];
  if (whence !== undefined && WIDE.test(arch())) seeker = await libcSeeker(...whence).catch(() => undefined);
  isReady = true;
}

async function libcSeeker(data: number, hole: number): Promise<Seeker> {
  const { default: koffi } = await import('koffi');
  const seek = koffi.load(null).func('int64_t lseek(int fd, int64_t offset, int whence)');
  return { seek, errno: () => koffi.errno(), data, hole };
}

/** First offset at or after `offset` where the file may hold bytes other than zero; `size` when none do. */
export function nextDataOffset(descriptor: number, offset: number, size: number): number {
  const found = sought(descriptor, offset, seeker?.data);
  if (found === undefined) return Math.min(offset, size);
  return found < 0 ? size : Math.min(Math.max(found, offset), size);
}

/** First offset at or after `offset` that lies in a hole; `size` when none does. */
export function nextHoleOffset(descriptor: number, offset: number, size: number): number {
  const found = sought(descriptor, offset, seeker?.hole);
  return found === undefined || found < 0 ? size : Math.min(Math.max(found, offset), size);
}

/** What lseek answers; -1 when nothing follows; undefined when it cannot be asked. */
function sought(descriptor: number, offset: number, whence: number | undefined): number | undefined {
  if (seeker === undefined || whence === undefined) return undefined;
  const found = seeker.seek(descriptor, offset, whence);
  if (found >= 0) return found;
  return seeker.errno() === ENXIO ? -1 : undefined;
}
