/** The kit notices: for each promise a reader that breaks it, and only then. */
import { expect, test } from 'vitest';
import { limeFile, PAGE } from '../../test/image-writers.ts';
import { lime } from '../readers/lime.ts';
import type { ImagePages, ImageReader } from '../readers/image-reader.ts';
import { PAGE_DATA } from '@overbook/formats';
import type { ReaderPromiseId } from './reader-promises.ts';
import { READER_PROMISES } from './reader-promises.ts';
import { proveReader } from './reader-suite.ts';

const pages = Buffer.concat([1, 2, 3, 4].map((byte) => Buffer.alloc(PAGE, byte)));
const sample = {
  name: 'four pages',
  bytes: limeFile([{ start: 0x1000, bytes: pages }]),
  memory: new Map(
    [1, 2, 3, 4].map((page) => [page, pages.subarray((page - 1) * PAGE, page * PAGE)] as const),
  ),
};

/** LiME's reader with something else in place of some of it. */
function like(change: (pages: ImagePages) => Partial<ImagePages>): ImageReader {
  return {
    ...lime,
    open: async (file, options) => {
      const good = await lime.open(file, options);
      return { extents: () => good.extents(), read: (...all) => good.read(...all), ...change(good) };
    },
  };
}

let opened = 0;
const broken: Readonly<Record<ReaderPromiseId, ImageReader>> = {
  plain: { ...lime, id: 'Li ME' },
  recognises: { ...lime, recognises: () => true },
  layout: like((good) => ({ extents: () => [...good.extents(), { first: 2, count: 1, state: PAGE_DATA }] })),
  pages: like((good) => ({
    read: (first, count, into, states) => {
      good.read(first, count, into, states);
      if (first + count > 3) into[(3 - first) * PAGE + 7] = 0xee;
    },
  })),
  ranges: like((good) => ({
    read: (first, count, into, states) => {
      good.read(first, count, into, states);
      // More than was asked for, where there is room.
      const rest = new Uint8Array(into.buffer, into.byteOffset + count * PAGE);
      if (rest.length > 0) rest[0] = 1;
    },
  })),
  again: {
    ...lime,
    open: async (file, options) => {
      const good = await lime.open(file, options);
      const instance = opened++;
      return {
        extents: () => good.extents(),
        read: (first, count, into, states) => {
          good.read(first, count, into, states);
          if (instance % 2 === 1) into[0] = instance;
        },
      };
    },
  },
  cut: {
    ...lime,
    open: (file) => ({
      extents: () => [{ first: 1, count: 4, state: PAGE_DATA }],
      read: (first, count, into) => {
        const offset = 32 + (first - 1) * PAGE;
        const there = Math.max(0, Math.min(count * PAGE, file.size - offset));
        if (there > 0) file.read(offset, into.subarray(0, there));
      },
    }),
  },
  damage: {
    ...lime,
    open: async (file, options) => {
      const head = new Uint8Array(Math.min(1024, file.size));
      file.read(0, head);
      if (head.subarray(32).some((byte) => byte !== 1)) throw new TypeError('not what I expected');
      return lime.open(file, options);
    },
  },
  bounded: {
    ...lime,
    open: async (file, options) => {
      const head = Buffer.alloc(32);
      if (file.size >= 32) file.read(0, head);
      const claimed = Math.min(head.readUInt32LE(16), 1_000_000);
      try {
        file.read(0, new Uint8Array(claimed));
      } catch {
        // It has been allocated all the same.
      }
      return lime.open(file, options);
    },
  },
};

test('a good reader breaks none', async () => {
  expect(await proveReader(lime, sample)).toEqual([]);
});

test.each(Object.keys(READER_PROMISES) as ReaderPromiseId[])(
  '%s: the reader that breaks it is found out',
  async (id) => {
    const found = await proveReader(broken[id], sample);
    expect(found.map((line) => line.split(':')[0])).toContain(id);
  },
);
