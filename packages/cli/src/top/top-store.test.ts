import { toPages } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { beforeEach, describe, expect, test } from 'vitest';

import { textOf } from '../render/memory-screen.ts';
import { TopControl } from './top-control.ts';
import { topLines } from './top-lines.ts';
import type { Leaving, Pressed } from './top-store.ts';
import { TopStore } from './top-store.ts';

const host = composeHost({
  memory: toPages(2560),
  vms: ['a', 'b', 'c', 'd'].map((name, i) => ({ name, size: toPages(256 * (i + 1)) })),
  strategies: [],
  memoryStates: 'direct',
});

let control: TopControl;
let store: TopStore;
let left: Leaving[];
beforeEach(() => {
  control = new TopControl();
  control.periodMs = 1000;
  left = [];
  store = new TopStore(control, 'a title', (why) => left.push(why));
  store.sampled(host.counters(), 0.25);
});
function press(...keys: readonly (string | Pressed)[]): void {
  for (const key of keys) store.pressed(typeof key === 'string' ? { input: key } : key);
}
function screen(columns = 80, rows = 23): readonly string[] {
  return topLines(store.state(), { columns, rows }).map(textOf);
}

describe('keys', () => {
  test('f switches groups of columns on and off, any other key goes back', () => {
    press('f');
    expect(screen().join('\n')).toContain('* K  SWAP');
    press('k', 'I');
    expect(screen().join('\n')).toContain('  K  SWAP');
    press('z');
    const heading = screen(200).find((line) => line.startsWith('NAME'))!;
    expect(heading).toContain('%ACTVS');
    expect(heading).not.toContain('SWCUR');
  });

  test('s sets the interval that the run goes by; what is no interval is ignored', () => {
    press('s2.5');
    expect(screen().join('\n')).toContain('between samples (now 1 s): 2.5_');
    press({ input: '', erase: true }, '7', { input: '', enter: true });
    expect(control.periodMs).toBe(2700);
    expect(screen()[0]).toContain('every 2.7 s');
    press('s', '0', { input: '', enter: true });
    press('s', '9', { input: '', escape: true });
    expect(control.periodMs).toBe(2700);
  });

  test('M, B, N sort as in esxtop; arrows scroll no further than there is something', () => {
    const first = (): string => screen(80, 12).find((line) => /^[a-d] /.test(line))![0]!;
    press('M');
    expect(first()).toBe('d');
    press('N');
    for (let i = 0; i < 9; i++) press({ input: '', down: true });
    expect(store.state().view.fromRow).toBe(3);
    for (let i = 0; i < 99; i++) press({ input: '', right: true });
    expect(screen().find((line) => line.startsWith('NAME'))).toMatch(/^NAME +OVHD$/);
    for (let i = 0; i < 99; i++) press({ input: '', left: true }, { input: '', up: true });
    expect(store.state().view).toMatchObject({ fromField: 0, fromRow: 0 });
  });

  test('space pauses the run and lets it go on, + and - change its speed', () => {
    press(' ');
    expect([control.paused, screen()[0]!.includes('PAUSED')]).toEqual([true, true]);
    press(' --');
    expect([control.paused, control.speedPercent]).toEqual([false, 2000]);
    press('+');
    expect(control.speedPercent).toBe(5000);
    press('++');
    expect([control.speedPercent, screen()[0]!.includes('full speed')]).toEqual([0, true]);
  });

  test('h explains them all, q and Ctrl-C leave', () => {
    press('h');
    expect(screen().join('\n')).toContain('set the interval');
    press('q');
    expect(left).toEqual([]);
    press('q', { input: 'c', interrupt: true });
    expect(left).toEqual(['quit', 'interrupted']);
  });
});

test.each([
  [80, 23],
  [200, 49],
  [40, 10],
  [20, 5],
])('the screen fits %d columns and %d rows whatever is on it', (columns, rows) => {
  for (const key of ['N', 'f', 'z', 'h', 'z', 's']) {
    press(key);
    const lines = screen(columns, rows);
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
  }
});

test('who watches is told of samples and keys until he stops', () => {
  let told = 0;
  const stop = store.subscribe(() => told++);
  store.sampled(host.counters(), 0.5);
  press('M');
  stop();
  press('N');
  expect(told).toBe(2);
  expect(store.state().sample!.before).toBeDefined();
});

describe('a run that is paced', () => {
  test('waits until wall time has caught up with virtual time', () => {
    control.speedPercent = 1000;
    let wallMs = 0;
    const looks: number[] = [];
    // Each look at the clock finds it 40 ms later; a second of virtual time takes 100 ms.
    control.pace(1e9, () => looks.push((wallMs += 40)) && wallMs);
    expect(looks).toEqual([40, 80, 120, 160]);
  });

  test('does not wait at full speed', () => {
    control.speedPercent = 0;
    expect(() => control.pace(1e12, () => 0)).not.toThrow();
  });
});
