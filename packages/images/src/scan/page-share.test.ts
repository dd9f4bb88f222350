import { OverbookError } from '@overbook/core/units';
import { describe, expect, test } from 'vitest';
import { workShare } from './page-share.ts';
import { TaskLedger } from './task-ledger.ts';
import type { WorkAnswer, WorkTask } from './work-plan.ts';

const tasks: readonly WorkTask[] = [0, 1, 2, 3].map((image) => ({ kind: 'hash', image, from: 0, to: 1 }));
/** An answer that tells the image of its task. */
function answerOf(image: number): WorkAnswer {
  return { filled: [{ keyLo: image, keyHi: 0, word: '' }] };
}
function imageOf(task: WorkTask): number {
  return task.kind === 'hash' ? task.image : -1;
}
function answering(task: WorkTask): Promise<WorkAnswer> {
  return Promise.resolve(answerOf(imageOf(task)));
}

describe('a share of a run', () => {
  test('is every task that nobody else took, each marked as done before the next', async () => {
    const ledger = TaskLedger.of(4, 2);
    ledger.take(1);
    const done: boolean[][] = [];
    const reports = await workShare({ run: answering }, tasks, ledger, 0, () => {
      done.push(tasks.map((_, task) => ledger.isDone(task)));
    });
    expect(reports).toEqual([1, 2, 3].map((task) => ({ task, answer: answerOf(task) })));
    expect(done).toEqual([
      [false, true, false, false],
      [false, true, true, false],
      [false, true, true, true],
    ]);
  });

  test('ends with an error of ours, as data, and ends the shares of others', async () => {
    const ledger = TaskLedger.of(4, 2);
    const run = (task: WorkTask): Promise<WorkAnswer> =>
      imageOf(task) === 1
        ? Promise.reject(new OverbookError('OVB_IMAGE_CORRUPT', 'a.raw:0x10', 'is broken', 'Mend it.'))
        : answering(task);
    const reports = await workShare({ run }, tasks, ledger, 0);
    expect(reports[1]).toEqual({
      task: 1,
      refused: { code: 'OVB_IMAGE_CORRUPT', at: 'a.raw:0x10', what: 'is broken', mend: 'Mend it.' },
    });
    expect([reports.length, ledger.isDone(1), ledger.take(1)]).toEqual([2, false, undefined]);
  });

  test('throws any other error, and ends the shares of others', async () => {
    const ledger = TaskLedger.of(4, 2);
    const run = (): Promise<WorkAnswer> => Promise.reject(new RangeError('a bug'));
    await expect(workShare({ run }, tasks, ledger, 0)).rejects.toThrow('a bug');
    expect(ledger.take(1)).toBeUndefined();
  });
});
