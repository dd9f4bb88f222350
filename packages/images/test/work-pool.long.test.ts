/** The pool with real threads: of the build, so in a clone that is not built this is skipped. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const program = new URL('pool-run.mjs', import.meta.url).pathname;
const isBuilt = existsSync(new URL('../dist/scan/page-worker.js', import.meta.url));
const PAGES = 40_000;

interface Request {
  readonly workers: number;
  /** Pages whose reading fails, the first of them slowly. */
  readonly damaged?: readonly number[];
  /** After its first task this thread stands still until the others have come to an end. */
  readonly holdUp?: boolean;
  /** How long the first of the damaged pages takes. */
  readonly slowMs?: number;
  /** When the run is told to end: after the first task, or a little later. */
  readonly abort?: 'now' | 'later';
  /** The other threads do not find their reader. */
  readonly noReader?: boolean;
}

interface Outcome {
  /** Hash of all keys. */
  readonly keys?: string;
  /** Pages that the first thread read. */
  readonly own?: number;
  /** Tasks as they were told to be done. */
  readonly told?: readonly number[];
  readonly error?: string;
}

function run(request: Request): Outcome {
  return JSON.parse(
    execFileSync(process.execPath, [program, JSON.stringify({ ...request, pages: PAGES })], {
      encoding: 'utf8',
    }),
  ) as Outcome;
}

describe.skipIf(!isBuilt)('a pool', () => {
  const inOrder = Array.from({ length: Math.ceil(PAGES / 2048) }, (_, task) => task);

  test('gives the same keys with one thread and with three, and tells tasks in order', () => {
    const one = run({ workers: 1 });
    expect([one.own, one.told]).toEqual([PAGES, inOrder]);
    const three = run({ workers: 3 });
    expect([three.keys, three.told]).toEqual([one.keys, inOrder]);
  });

  test('has threads that work while this one is held up, with readers of their own', () => {
    const { own, keys } = run({ workers: 2, holdUp: true });
    expect(own).toBeLessThanOrEqual((PAGES * 3) / 4);
    expect(keys).toBe(run({ workers: 1 }).keys);
  });

  test('throws what happened to the first of the tasks, whoever met it', () => {
    const broken = { error: 'OverbookError: page 30016: is broken. Mend it.' };
    const damaged = [30_050, 33_000];
    expect(run({ workers: 1, damaged })).toEqual(broken);
    expect(run({ workers: 3, damaged })).toEqual(broken);
    expect(run({ workers: 3, damaged, holdUp: true })).toEqual(broken);
  });

  test('ends when it is told to', () => {
    const enough = { error: 'Error: enough' };
    expect(run({ workers: 2, abort: 'now' })).toEqual(enough);
    // This thread has nothing left to do and waits for another, which is not heard of for a minute.
    const waiting = { workers: 2, holdUp: true, damaged: [PAGES - 1], slowMs: 60_000 } as const;
    expect(run({ ...waiting, abort: 'now' })).toEqual(enough);
    expect(run({ ...waiting, abort: 'later' })).toEqual(enough);
  }, 120_000);

  test('says that a thread could not start', () => {
    expect(run({ workers: 2, noReader: true, holdUp: true }).error).toContain('Cannot find module');
  });
});
