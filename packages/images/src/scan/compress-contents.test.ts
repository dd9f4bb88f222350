import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FILL_ZERO } from '@overbook/core/units';
import { afterAll, expect, test } from 'vitest';
import { compressContents } from './compress-contents.ts';
import { openSet } from './scan-memory.ts';
import type { CompressTask } from './work-plan.ts';
import type { WorkPool } from './work-pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-compress-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An image whose pages are filled with these numbers; 0 is a zero page. */
function imageOf(name: string, fills: readonly number[]): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    Buffer.concat(fills.map((fill) => Buffer.alloc(4096, `${fill === 0 ? '\0' : fill} `.trim()))),
  );
  return path;
}

test('every content but zero is compressed once, where it was met first, whatever guests hold it', async () => {
  const paths = [imageOf('a', [0, 1, 2, 2, 3, 0, 1]), imageOf('b', [3, 4, 0, 4, 1, 5])];
  const open = await openSet(paths.map((path) => ({ path })));
  const compressed: (readonly [image: number, row: number])[] = [];
  /** Takes note of what it is asked to compress; sizes tell the row. */
  const pool: WorkPool = {
    runAll: (tasks, onDone) => {
      for (const [index, task] of (tasks as readonly CompressTask[]).entries()) {
        for (let row = task.from; row < task.to; row++) {
          if (task.wanted[row] === 0) continue;
          compressed.push([task.image, row]);
          task.sizes[0]![row] = 100 * (task.image + 1) + row;
        }
        onDone?.(index);
      }
      return Promise.resolve(tasks.map(() => ({})));
    },
    close: () => Promise.resolve(),
  };
  try {
    const set = await compressContents(open.set, { guests: open.set.guests, digests: [] }, [0, 1], pool, {
      codecs: ['lz4'],
    });
    expect(compressed).toEqual([
      [0, 1],
      [0, 2],
      [0, 4],
      [1, 1],
      [1, 5],
    ]);
    const { book } = set;
    const sizes = [...set.sizes.get('lz4')!];
    expect(sizes).toEqual(
      sizes.map((_, content) =>
        book.fillOf(content) === FILL_ZERO
          ? 0
          : 100 * (book.firstImageOf(content) + 1) + book.firstRowOf(content),
      ),
    );
  } finally {
    await open.close();
  }
});
