/**
 * Video memory and firmware in dumps of virtual machines. QEMU and VirtualBox write every block of memory that they
 * emulate, so a dump of 64 MiB of guest memory also holds 16 MiB of video memory below 4 GiB and the firmware at its
 * top. They are no guest memory: sharing or compressing them gives a host nothing. The rules, one for each writer,
 * are in docs/formats/images.md.
 */
import { PAGE_BYTES } from '@overbook/core/units';
import type { Extent } from './image-reader.ts';
import { PAGE_DEVICE } from '@overbook/formats';

/** Neighbouring guest pages: from `first` to before `end`. */
export interface PageRange {
  readonly first: number;
  readonly end: number;
}

/** What a dump shows of the machine that it was taken of. */
export interface DumpedMachine {
  readonly machine: 'x86' | 'arm64' | 'riscv' | 'ppc64';
  readonly writer: 'QEMU' | 'VirtualBox';
  /** The pages that the dump describes, in any order; ranges may overlap. */
  readonly ranges: Iterable<PageRange>;
  /**
   * blocks: each range is one block of the machine's memory. pages: where blocks meet is not known. mapped: only what
   * the guest's page tables map is there, so a gap tells nothing.
   */
  readonly shows: 'blocks' | 'pages' | 'mapped';
}

/** What is not memory of the guest, and what the dump alone could not tell. */
export interface DumpedDevices {
  /** Ascending and apart. */
  readonly ranges: readonly PageRange[];
  /** A sentence for each range that may be either. */
  readonly notes: readonly string[];
}

export const NO_DEVICES: DumpedDevices = { ranges: [], notes: [] };

const MIB = 0x10_0000 / PAGE_BYTES;
const GIB = 1024 * MIB;
const FOUR_GIB = 4 * GIB;
/**
 * Where low memory ends in a machine with memory above 4 GiB too: 2 GiB (q35), 3 GiB (pc), 3.5 GiB (pc up to 1.7, and
 * VirtualBox). QEMU hw/i386/pc_piix.c, pc_q35.c; smaller machines have all memory in one piece from 0.
 */
const LOW_ENDS = [2 * GIB, 3 * GIB, 3.5 * GIB];
/** No machine has memory that begins here or above, below 4 GiB. */
const DEVICES_FROM = 3.5 * GIB;
/** Video memory of QEMU: 16 MiB by default; the two blocks of a QXL card have 64 MiB each. */
const VIDEO_PAGES_MAX = 128 * MIB;
/** SeaBIOS is 128 or 256 KiB at the top of 4 GiB; OVMF is in flash, which QEMU does not dump, or has megabytes. */
const SEABIOS_PAGES_MAX = MIB / 4;
/** Firmware places video memory at multiples of this when it puts it right behind low memory (OVMF). */
const WINDOW_STEP = 256 * MIB;
/** The legacy hole of a PC: video memory, then ROMs or the copies of them that firmware keeps there. */
const VGA = { first: 0xa0, end: 0xc0 };
const HOLE = { first: 0xa0, end: 0x100 };
/** Where memory of QEMU's `virt` machines begins; devices are below. */
const MEMORY_FROM = { arm64: GIB, riscv: 2 * GIB } as const;
/** First PCI window of QEMU's pseries machines. */
const PPC_DEVICES_FROM = 0x2000_0000_0000 / PAGE_BYTES;

/** The ranges of a dump that are devices. O(n log n) in the ranges. */
export function devicesOfDump(dump: DumpedMachine): DumpedDevices {
  const ranges = deviceRanges(dump);
  const known = ranges.filter((range) => !('mayBeMemory' in range));
  return { ranges: known, notes: ranges.filter((range) => !known.includes(range)).map(noteOf) };
}

/** Pages that touch the end of low memory and may go on with it: they count as memory. */
interface EitherRange extends PageRange {
  readonly mayBeMemory: true;
}

function noteOf({ first, end }: PageRange): string {
  const from = (first * PAGE_BYTES).toString(16);
  const size = Math.round((end - first) / MIB);
  return (
    `the ${size} MiB from address 0x${from} are counted as memory, but may be video memory: ` +
    'this dump does not tell; an ELF dump of the same guest without paging does'
  );
}

function deviceRanges(dump: DumpedMachine): (PageRange | EitherRange)[] {
  const { machine } = dump;
  const ranges = [...dump.ranges].filter(({ first, end }) => end > first).sort((a, b) => a.first - b.first);
  if (machine === 'ppc64') return [{ first: PPC_DEVICES_FROM, end: Number.POSITIVE_INFINITY }];
  if (machine !== 'x86') {
    const from = MEMORY_FROM[machine];
    return ranges.some(({ first }) => first === from) ? [{ first: 0, end: from }] : [];
  }
  const runs = runsBelow4GiB(ranges);
  const hole = hasLegacyHole(dump, ranges, runs) ? [HOLE] : [];
  const high = ranges.some(({ end }) => end > FOUR_GIB);
  if (dump.shows === 'mapped') return [...hole, ...mappedDevices(runs, high)];
  const starts = dump.shows === 'blocks' ? new Set(ranges.map(({ first }) => first)) : undefined;
  return [...hole, ...blocksOfDevices(runs, high, starts)];
}

/**
 * A PC whose memory does not go on from 640 KiB to 768 KiB has a hole up to 1 MiB; machines without a VGA card
 * (microvm, isapc) have memory there. VirtualBox always has the hole, and writes it as zeros inside its first range.
 */
function hasLegacyHole(
  { writer, shows }: DumpedMachine,
  ranges: readonly PageRange[],
  runs: readonly PageRange[],
): boolean {
  if (writer === 'VirtualBox') return true;
  // A block of its own is video memory, however long.
  const pieces = shows === 'blocks' ? ranges : runs;
  return !pieces.some(({ first, end }) => first < VGA.first && end >= VGA.end);
}

/** Runs below 4 GiB: what lies above is memory. Ranges that touch are one. */
function runsBelow4GiB(ranges: readonly PageRange[]): PageRange[] {
  const runs: { first: number; end: number }[] = [];
  for (const range of ranges) {
    const end = Math.min(range.end, FOUR_GIB);
    const last = runs[runs.length - 1];
    if (last !== undefined && range.first <= last.end) last.end = Math.max(last.end, end);
    else if (range.first < end) runs.push({ first: range.first, end });
  }
  return runs;
}

function blocksOfDevices(
  runs: readonly PageRange[],
  high: boolean,
  starts: ReadonlySet<number> | undefined,
): (PageRange | EitherRange)[] {
  // Low memory is in one piece; a dump that was filtered may begin in the middle of it.
  const [memory] = runs;
  if (memory === undefined) return [];
  return runs.flatMap((run) => {
    if (run.first >= DEVICES_FROM || (run.first >= LOW_ENDS[0]! && run !== memory)) return [run];
    // With memory above 4 GiB in the dump no filter cut this one: it ends where low memory does, or is none.
    if (run.first >= LOW_ENDS[0]! && high && isVideo(run)) return [run];
    const from = deviceBehindMemory(run, high, starts);
    if (from === undefined) return [];
    const device = { first: from, end: run.end };
    return starts === undefined && !high ? eitherOrNone(device, runs) : [device];
  });
}

/**
 * Without memory above 4 GiB low memory may end anywhere up to 3.5 GiB, so what reaches beyond a place of OVMF's video
 * memory may be memory as well. It is memory when the video memory is elsewhere, or the firmware is SeaBIOS, which
 * gives addresses from the top down.
 */
function eitherOrNone(device: PageRange, runs: readonly PageRange[]): (PageRange | EitherRange)[] {
  if (device.first >= DEVICES_FROM) return [device];
  const others = runs.filter(({ first }) => first > device.first);
  const isElsewhere = others.some(({ first, end }) => end < FOUR_GIB && end - first >= MIB);
  const isSeaBios = others.some(({ first, end }) => end === FOUR_GIB && end - first <= SEABIOS_PAGES_MAX);
  return isElsewhere || isSeaBios ? [] : [{ ...device, mayBeMemory: true }];
}

/** Where devices begin that touch the end of low memory, as OVMF places them; undefined when the run is all memory. */
function deviceBehindMemory(
  { first, end }: PageRange,
  high: boolean,
  starts: ReadonlySet<number> | undefined,
): number | undefined {
  if (LOW_ENDS.includes(end)) return undefined;
  const places =
    starts === undefined
      ? LOW_ENDS
      : [...starts].filter((start) => start >= LOW_ENDS[0]! && start % WINDOW_STEP === 0);
  // Where blocks are known, and memory above 4 GiB says that low memory ends at one of its ends, size does not matter.
  const longest = starts !== undefined && high ? GIB : VIDEO_PAGES_MAX;
  return places.find((place) => place > first && place < end && end - place <= longest);
}

/**
 * Pages that the guest's page tables map, with gaps anywhere. What is mapped between two possible ends of low memory
 * reaches far into it when it is memory, and is a few MiB at its beginning when it is a frame buffer.
 */
function mappedDevices(runs: readonly PageRange[], high: boolean): (PageRange | EitherRange)[] {
  const devices: (PageRange | EitherRange)[] = [];
  const isWhole = runs[0] !== undefined && runs[0].first < LOW_ENDS[0]!;
  LOW_ENDS.slice(0, -1).forEach((from, index) => {
    const till = LOW_ENDS[index + 1]!;
    const last = runs.filter(({ first, end }) => first < till && end > from).at(-1);
    if (!isWhole || last === undefined) return;
    const end = Math.min(last.end, till);
    const device = { first: from, end };
    if (!isVideo(device)) return;
    devices.push(...(high || last.first >= from ? [device] : eitherOrNone(device, runs)));
  });
  for (const run of runs) if (run.first >= DEVICES_FROM) devices.push(run);
  return devices;
}

function isVideo({ first, end }: PageRange): boolean {
  return end - first <= VIDEO_PAGES_MAX && !LOW_ENDS.includes(end);
}

/** The same extents, with the pages of `devices` as PAGE_DEVICE. Both ascend. */
export function* withoutDevices(
  extents: Iterable<Extent>,
  devices: readonly PageRange[],
): Generator<Extent, void> {
  let at = 0;
  for (const { first, count, state } of extents) {
    const end = first + count;
    for (let page = first; page < end;) {
      while (at < devices.length && devices[at]!.end <= page) at++;
      const device = devices[at];
      const isDevice = device !== undefined && device.first <= page;
      const till = Math.min(end, isDevice ? device.end : (device?.first ?? end));
      yield { first: page, count: till - page, state: isDevice ? PAGE_DEVICE : state };
      page = till;
    }
  }
}
