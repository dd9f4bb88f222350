/** Sizes that make no sense, or that this machine cannot hold: refused with the number before the first run. */
import { totalmem } from 'node:os';

import type { Pages } from '@overbook/core';
import { OverbookError, PAGE_BYTES, PAGES_PER_MIB } from '@overbook/core';
import type { GuestSpec } from '@overbook/sim';
import type { Recording } from '@overbook/traces';

import { configuredPages } from './guests.ts';

/** Times a host may be promised. Chosen: nothing published goes beyond 10, and from about here guests only page. */
const PROMISED_MAX = 32;
/** Bytes kept for a guest page: entry, bits, keys of its contents. Measured: 16 to 18, see `npm run bench`. */
const GUEST_PAGE_BYTES = 18;
/** Bytes kept for a frame: owner, key, references. */
const FRAME_BYTES = 24;
/** Bytes kept for a page of one scripted interval: drawn, sorted and put in order. */
const DRAWN_PAGE_BYTES = 24;
/** Bytes kept for a content of a copy of a recording: its key, in the recording and in the table of contents. */
const COPIED_CONTENT_BYTES = 16;
/** Part of the machine's memory that one run may need. */
const PART_OF_MACHINE = 0.8;

/** Bytes that one run keeps, about: what grows with sizes. */
export function estimatedBytes(
  guests: readonly GuestSpec[],
  memory: Pages,
  store: 'keys' | 'bytes' = 'keys',
): number {
  const drawn = Math.max(0, ...guests.map((guest) => (guest.kind === 'script' ? guest.pagesPerInterval : 0)));
  const frame = FRAME_BYTES + (store === 'bytes' ? PAGE_BYTES : 0);
  const copied = copiedContents(guests) * COPIED_CONTENT_BYTES;
  return configuredPages(guests) * GUEST_PAGE_BYTES + memory * frame + drawn * DRAWN_PAGE_BYTES + copied;
}

/** Contents of all copies but the first of each recording. */
function copiedContents(guests: readonly GuestSpec[]): number {
  const met = new Set<Recording>();
  let contents = 0;
  for (const guest of guests) {
    if (guest.kind !== 'recorded' || guest.clones === true) continue;
    const { recording } = guest;
    if (met.has(recording))
      contents += recording.snapshots.reduce((sum, { changed }) => sum + changed.length, 0);
    met.add(recording);
  }
  return contents;
}

/** @throws OVB_SIZES */
export function checkSizes(
  at: string,
  guests: readonly GuestSpec[],
  memory: Pages,
  store: 'keys' | 'bytes' | undefined,
  machineBytes: number = totalmem(),
): void {
  const promised = configuredPages(guests);
  const allow = '`--any-size` runs it anyway.';
  // A host of nothing is core's to refuse.
  if (memory > 0 && memory * PROMISED_MAX < promised) {
    const least = Math.ceil(promised / PROMISED_MAX / PAGES_PER_MIB);
    throw new OverbookError(
      'OVB_SIZES',
      at,
      `a host of ${inMiB(memory)} promises ${inMiB(promised)}, ${Math.round(promised / memory)} times what it has`,
      `Give it at least ${least} MiB (${PROMISED_MAX}× overcommitted); ${allow}`,
    );
  }
  const bytes = estimatedBytes(guests, memory, store);
  if (bytes <= machineBytes * PART_OF_MACHINE) return;
  throw new OverbookError(
    'OVB_SIZES',
    at,
    `one run needs about ${inGiB(bytes)} of memory; this machine has ${inGiB(machineBytes)}`,
    `Make host or guests smaller, touch fewer pages per interval, or use \`store: keys\`; ${allow}`,
  );
}

function inMiB(count: Pages): string {
  return `${Number((count / PAGES_PER_MIB).toFixed(1))} MiB`;
}

function inGiB(bytes: number): string {
  return `${(bytes / 1_073_741_824).toFixed(1)} GiB`;
}
