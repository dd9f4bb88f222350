import { describe, expect, test } from 'vitest';
import { TaskLedger } from './task-ledger.ts';

describe('a task ledger', () => {
  test('hands out every task once and in order, to whoever asks', () => {
    const ledger = TaskLedger.of(5, 2);
    const other = TaskLedger.shared(ledger.buffer, 5, 2);
    const taken = [ledger.take(0), other.take(1), other.take(1), ledger.take(0), other.take(1)];
    expect(taken).toEqual([0, 1, 2, 3, 4]);
    expect([ledger.take(0), other.take(1), ledger.take(0)]).toEqual([undefined, undefined, undefined]);
  });

  test('knows what is done, in every thread', () => {
    const ledger = TaskLedger.of(3, 2);
    TaskLedger.shared(ledger.buffer, 3, 2).finish(1);
    expect([0, 1, 2].map((task) => ledger.isDone(task))).toEqual([false, true, false]);
  });

  test('hands out nothing once it is stopped, however often it is asked', () => {
    const ledger = TaskLedger.of(3, 1);
    expect(ledger.take(0)).toBe(0);
    ledger.stop();
    expect([ledger.take(0), ledger.take(0)]).toEqual([undefined, undefined]);
  });

  test('remembers who took part, also of those who came too late', () => {
    const ledger = TaskLedger.of(1, 3);
    ledger.take(0);
    ledger.take(2);
    expect([0, 1, 2].map((share) => ledger.tookPart(share))).toEqual([true, false, true]);
  });

  test('of no tasks has none to hand out', () => {
    expect(TaskLedger.of(0, 1).take(0)).toBeUndefined();
  });
});
