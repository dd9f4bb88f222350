/**
 * Nanoseconds an access by guest frame (the flat path) beside accesses by guest-virtual page: guest page tables and
 * TLB in front of nested or shadow walks. Uniformly random pages (synthetic), everything mapped, one write in four:
 * what translation itself costs the simulation. Rates and references are the modelled processor's.
 */
import { FramePool } from '../frames/frame-pool.ts';
import { HostMemory } from '../memory/host-memory.ts';
import { KindTable } from '../pmap/kinds.ts';
import { ACCESS_READ, ACCESS_WRITE } from '../units/access.ts';
import { SilentMetering } from '../ports/meter.ts';
import { SeededRandom } from '../ports/random.ts';
import { KeyStore } from '../store/key-store.ts';
import { LARGE_PAGE_PAGES, toGfn, toGvpn, toNs, toPages, toVmId } from '../units/page.ts';
import { GuestPageTable } from './guest-page-table.ts';
import { nestedTranslation, shadowTranslation } from './make-translation.ts';
import type { Translation } from './translation.ts';

const VM = toVmId(0);
const GUEST_PAGES = 96 * 1024;
/** Data begins behind the frames that table pages take. */
const DATA = 1024;
const ACCESSES = 4_000_000;
const BATCH = 4096;
const ROUNDS = 5;
const WORKING_SETS = [1024, 8192, 40_000];

function guestOf(translation: Translation | undefined, largePages: boolean): HostMemory {
  const frames = GUEST_PAGES + 2 * LARGE_PAGE_PAGES;
  const memory = new HostMemory({
    vms: [
      {
        id: VM,
        name: 'vm',
        size: toPages(GUEST_PAGES),
        reservation: toPages(0),
        limit: toPages(GUEST_PAGES),
        shares: 1,
      },
    ],
    pool: new FramePool(frames, 0, largePages),
    store: new KeyStore(frames),
    kinds: new KindTable(),
    backings: [],
    meter: new SilentMetering().meter(),
    translation,
  });
  translation?.bind(memory);
  for (let page = 0; page < GUEST_PAGES; page++) memory.access(VM, toGfn(page), true, toNs(0));
  return memory;
}

function processOf(translation: Translation, large: boolean): GuestPageTable {
  let next = 0;
  const table = new GuestPageTable(VM, { take: () => next++, give: () => undefined });
  translation.attach(table);
  const step = large ? LARGE_PAGE_PAGES : 1;
  for (let page = 0; page + step <= GUEST_PAGES - DATA; page += step) {
    if (large) table.mapLarge(toGvpn(page), toGfn(DATA + page), true);
    else table.map(toGvpn(page), toGfn(DATA + page), true);
  }
  return table;
}

function stream(workingSet: number): { readonly touched: Uint32Array; readonly accesses: Uint8Array } {
  const random = new SeededRandom(1).stream('bench');
  const touched = new Uint32Array(ACCESSES);
  const accesses = new Uint8Array(ACCESSES);
  for (let i = 0; i < ACCESSES; i++) {
    touched[i] = random.below(workingSet);
    accesses[i] = random.below(4) === 0 ? ACCESS_WRITE : ACCESS_READ;
  }
  return { touched, accesses };
}

/**
 * Median of the rounds behind one that warms up, in ns of CPU time an access: other work on the machine does not
 * count.
 */
function timed(run: () => void): number {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = process.cpuUsage();
    run();
    if (round > 0) times.push((1000 * process.cpuUsage(start).user) / ACCESSES);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

function flat(workingSet: number): number {
  const pmap = guestOf(undefined, false).pmaps[VM]!;
  const { touched, accesses } = stream(workingSet);
  const gfns = touched.map((page) => page + DATA);
  return timed(() => {
    for (let from = 0; from < ACCESSES; from += BATCH)
      pmap.touchMany(gfns, accesses, from, Math.min(from + BATCH, ACCESSES));
  });
}

interface Translated {
  readonly ns: number;
  readonly missRate: number;
  readonly references: number;
}

function translated(translation: Translation, workingSet: number, large: boolean): Translated {
  guestOf(translation, large);
  const table = processOf(translation, large);
  const { touched, accesses } = stream(workingSet);
  const gfns = new Uint32Array(ACCESSES);
  const before = { misses: 0, references: 0 };
  let warm = false;
  const time = timed(() => {
    for (let done = 0; done < ACCESSES;) {
      const to = Math.min(done + BATCH, ACCESSES);
      const stopped = translation.touchMany(table, touched, accesses, done, to, gfns, toNs(0));
      // Everything is mapped: nothing waits, and nothing is a fault of the guest.
      if (stopped < to && translation.outcome < 0) throw new Error(`access ${stopped} did not land`);
      done = stopped < to ? stopped + 1 : to;
    }
    if (!warm) {
      before.misses = translation.stats(VM).tlbMisses;
      before.references = translation.stats(VM).references;
      warm = true;
    }
  });
  const { tlbMisses, references } = translation.stats(VM);
  const misses = tlbMisses - before.misses;
  return {
    ns: time,
    missRate: misses / (ROUNDS * ACCESSES),
    references: misses === 0 ? 0 : (references - before.references) / misses,
  };
}

console.log(`${ACCESSES} uniformly random accesses (synthetic), median CPU time of ${ROUNDS} rounds`);
console.log('working set   path                         ns/access   × flat   TLB misses   references a miss');
for (const workingSet of WORKING_SETS) {
  const base = flat(workingSet);
  const line = (path: string, time: number, rest = ''): void =>
    console.log(
      `${String(workingSet).padStart(11)}   ${path.padEnd(26)} ${time.toFixed(1).padStart(11)} ` +
        `${(time / base).toFixed(1).padStart(8)}${rest}`,
    );
  line('flat, by guest frame', base);
  const paths: readonly [string, () => Translation, boolean][] = [
    ['nested, 4 KiB', () => nestedTranslation(), false],
    ['shadow, 4 KiB', () => shadowTranslation(), false],
    ['nested, 2 MiB both', () => nestedTranslation(), true],
    ['shadow, 2 MiB both', () => shadowTranslation(), true],
  ];
  for (const [path, make, large] of paths) {
    const { ns: time, missRate, references } = translated(make(), workingSet, large);
    const misses = `${(100 * missRate).toFixed(2)} %`.padStart(13);
    line(path, time, misses + references.toFixed(1).padStart(20));
  }
}
