/**
 * Keys the pages of a made-up image with the built pool, as told by the JSON in the first argument, and prints what
 * came of it. A program of its own, since the threads of a test runner inherit its way of finding sources.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openImage } from '../dist/index.js';
import { shareRanges, taskSpans } from '../dist/scan/row-ranges.js';
import { rowColumns } from '../dist/scan/work-plan.js';
import { workPool } from '../dist/scan/work-pool.js';

/** @type {{ workers: number, pages: number, damaged?: readonly number[], holdUp?: boolean, slowMs?: number, abort?: 'now' | 'later', noReader?: boolean }} */
const {
  workers,
  pages,
  damaged = [],
  holdUp = false,
  slowMs = 1500,
  abort,
  noReader = false,
} = JSON.parse(process.argv[2]);

/**
 * Every page is filled with its number; reading one of `damaged` fails: the first of them after a while, so that another
 * thread can meet a later one before.
 */
const READER = `
  export const COUNTED = { pages: 0 };
  export const loadReaders = ({ damaged, slowMs }) => [{
    role: 'reader', contract: 1, id: 'numbered', title: 'Pages by number',
    recognises: () => true,
    open: (file) => ({
      extents: () => [{ first: 0, count: file.size, state: 0 }],
      read: (first, count, into) => {
        COUNTED.pages += count;
        const found = damaged.findIndex((page) => first <= page && page < first + count);
        if (found === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, slowMs);
        if (found >= 0)
          throw Object.assign(new Error('broken'), {
            name: 'OverbookError', code: 'OVB_IMAGE_CORRUPT', at: 'page ' + first, what: 'is broken', mend: 'Mend it.',
          });
        const words = new Float64Array(into.buffer, into.byteOffset, count * 512);
        for (let at = 0; at < words.length; at++) words[at] = first + 1 + Math.floor(at / 512);
      },
    }),
  }];
`;

const folder = mkdtempSync(join(tmpdir(), 'overbook-pool-'));
const controller = new AbortController();
try {
  const path = join(folder, 'numbered.mjs');
  const image = join(folder, 'numbered.image');
  writeFileSync(path, READER);
  writeFileSync(image, Buffer.alloc(pages));
  const module = pathToFileURL(path).href;
  const { COUNTED, loadReaders } = await import(module);
  const readers = loadReaders({ damaged, slowMs });
  const opened = await openImage(image, { readers });
  const columns = rowColumns(pages);
  const pool = await workPool(
    {
      images: [{ handle: opened.handle, ranges: shareRanges([{ first: 0, count: pages, row: 0 }]), columns }],
      contentKey: { function: 'xxh3-64' },
      codecs: [],
      readersInThreads: { module: noReader ? `${module}.missing` : module, request: { damaged, slowMs } },
    },
    { workers, readers, signal: controller.signal },
  );
  COUNTED.pages = 0;
  /** @type {number[]} */
  const told = [];
  const tasks = [...taskSpans(pages)].map((span) => ({
    kind: /** @type {const} */ ('hash'),
    image: 0,
    ...span,
  }));
  try {
    await pool.runAll(tasks, (task) => {
      if (task === 0 && holdUp) untilOthersStop(columns.keys);
      if (task === 0 && abort === 'now') controller.abort(new Error('enough'));
      if (task === 0 && abort === 'later') setTimeout(() => controller.abort(new Error('enough')), 200);
      told.push(task);
    });
    const keys = createHash('sha256').update(new Uint8Array(columns.keys.buffer)).digest('hex');
    console.log(JSON.stringify({ keys, own: COUNTED.pages, told }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
  await pool.close();
  opened.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Blocks this thread until others have keyed many pages and then no more for a second: they are done, or have met the
 * damage.
 *
 * @param {Uint32Array} keys
 */
function untilOthersStop(keys) {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  let before = -1;
  for (let turn = 0; turn < 40; turn++) {
    Atomics.wait(clock, 0, 0, 1000);
    const now = keys.reduce((count, word) => count + (word === 0 ? 0 : 1), 0);
    if (now === before && (now > keys.length / 4 || noReader)) return;
    before = now;
  }
}
