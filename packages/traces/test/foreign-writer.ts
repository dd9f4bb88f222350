/** Writes made-up accesses as other tools do, and recounts them plainly: it shares no code with the importers. */
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import type { PlainInterval } from './plain-reader.ts';

export interface Access {
  /** Letter that lackey prints. */
  readonly letter: 'I' | 'L' | 'S' | 'M';
  readonly address: bigint;
  readonly size: number;
}

const anyAddress = fc.oneof(
  fc.bigInt({ min: 0n, max: 200_000n }),
  fc.bigInt({ min: 0x7fff_0000_0000n, max: 0x7fff_0001_0000n }),
  fc.bigInt({ min: 2n ** 64n - 60_000n, max: 2n ** 64n - 10_000n }),
);

export const anyAccesses: fc.Arbitrary<Access[]> = fc.array(
  fc.record({
    letter: fc.constantFrom('I' as const, 'L' as const, 'S' as const, 'M' as const),
    address: anyAddress,
    size: fc.constantFrom(1, 4, 8, 64, 4096, 9000),
  }),
  { maxLength: 60 },
);

const KIND = { I: 1, L: 2, S: 3, M: 3 } as const;

/** Pages of an access by their real numbers, page by page. */
function pagesOf({ address, size }: Access): readonly number[] {
  const pages: number[] = [];
  for (let byte = 0n; byte < BigInt(size); byte++) {
    const page = Number((address + byte) / 4096n);
    if (pages.at(-1) !== page) pages.push(page);
  }
  return pages;
}

/** As `valgrind --tool=lackey --trace-mem=yes` prints them, between lines of valgrind's own. */
export function lackeyText(accesses: readonly Access[]): string {
  const lines = accesses.map(({ letter, address, size }) => {
    const place = `${address.toString(16).padStart(8, '0')},${size}`;
    return letter === 'I' ? `I  ${place}` : ` ${letter} ${place}`;
  });
  return ['==77== Lackey, an example Valgrind tool', '==77==', ...lines, '==77== ', ''].join('\n');
}

/** Intervals of `every` instructions; each page with its strongest access, by real page number. */
export function recountedByInstructions(accesses: readonly Access[], every: number): PlainInterval[] {
  const intervals: PlainInterval[] = [];
  let pages = new Map<number, number>();
  let instructions = 0;
  for (const access of accesses) {
    if (access.letter === 'I') {
      if (instructions === every) {
        intervals.push({ instructions, pages });
        pages = new Map();
        instructions = 0;
      }
      instructions++;
    }
    for (const page of pagesOf(access)) pages.set(page, Math.max(pages.get(page) ?? 0, KIND[access.letter]));
  }
  if (instructions > 0) intervals.push({ instructions, pages });
  return intervals;
}

/** A header and a line for each access. */
export function csvText(accesses: readonly Access[], delimiter: string): string {
  const word = { I: 'fetch', L: 'R', S: 'write', M: '"m"' } as const;
  const lines = accesses.map(({ letter, address, size }) =>
    [word[letter], letter === 'L' ? `0x${address.toString(16)}` : String(address), String(size)].join(
      delimiter,
    ),
  );
  return [['op', 'address', 'size'].join(delimiter), ...lines].join('\r\n');
}

/** Intervals of `every` requests. */
export function recountedByRequests(accesses: readonly Access[], every: number): PlainInterval[] {
  const intervals: PlainInterval[] = [];
  for (let from = 0; from < accesses.length; from += every) {
    const part = accesses.slice(from, from + every);
    const pages = new Map<number, number>();
    for (const access of part)
      for (const page of pagesOf(access))
        pages.set(page, Math.max(pages.get(page) ?? 0, KIND[access.letter]));
    intervals.push({ instructions: part.length, pages });
  }
  return intervals;
}

/** Records of 24 bytes; a request's time is its place, its next request is looked for. */
export function oracleBytes(ids: readonly bigint[], size = 4096): Buffer {
  return Buffer.concat(
    ids.map((id, i) => {
      const record = Buffer.alloc(24);
      record.writeUInt32LE(i, 0);
      record.writeBigUInt64LE(id, 4);
      record.writeUInt32LE(size, 12);
      record.writeBigInt64LE(BigInt(ids.indexOf(id, i + 1)), 16);
      return record;
    }),
  );
}

/** Bytes of a region in thousands, as damo prints them, or plain. */
export interface MadeUpRegion {
  readonly start: number;
  readonly pages: number;
  readonly samples: number;
}

export const anyDamoSnapshots: fc.Arbitrary<MadeUpRegion[][]> = fc.array(
  fc.array(fc.record({ start: fc.nat(200), pages: fc.integer({ min: 1, max: 30 }), samples: fc.nat(3) }), {
    maxLength: 5,
  }),
  { minLength: 1, maxLength: 6 },
);

export function damoJson(snapshots: readonly MadeUpRegion[][], target = '0'): string {
  const thousands = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
  return JSON.stringify([
    {
      target_id: target,
      snapshots: snapshots.map((regions, i) => ({
        start_time: thousands(5_000_000 + i * 100_000_000),
        end_time: thousands(5_000_000 + (i + 1) * 100_000_000),
        regions: regions.map(({ start, pages, samples }) => ({
          start: thousands(start * 4096),
          end: thousands((start + pages) * 4096),
          nr_accesses: { samples: String(samples), percent: null },
          age: null,
        })),
      })),
    },
  ]);
}

export function damoPacked(json: string): Buffer {
  return deflateSync(json);
}

/** Pages of regions with an access, by real number. */
export function recountedRegions(snapshots: readonly MadeUpRegion[][]): PlainInterval[] {
  return snapshots.map((regions) => {
    const pages = new Map<number, number>();
    for (const { start, pages: count, samples } of regions)
      for (let page = start; samples > 0 && page < start + count; page++) pages.set(page, 2);
    return { instructions: 100_000_000, pages };
  });
}
