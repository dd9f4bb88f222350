import type { ContentTable } from '@overbook/core';
import { PAGE_BYTES, toPages } from '@overbook/core';
import { InstantDevice, SeededRandom } from '@overbook/core/host';
import { expect, test } from 'vitest';

import type { ScriptGuestSpec, Mix } from '../src/index.ts';
import { runSimulation } from '../src/index.ts';
import { balloonTo } from './plain-balloon.ts';
import { plainSwap } from './plain-swap.ts';
import type { More } from './changed-config.ts';
import { withMore } from './changed-config.ts';

/** Thirty contents with bytes: a zero page, a same-filled one, seeded bytes; their keys are their numbers. */
function contentsOf(count: number): ContentTable {
  const random = new SeededRandom(0x0b00c).stream('contents');
  const bytes = Uint8Array.from({ length: count * PAGE_BYTES }, () => random.below(256));
  bytes.fill(0, 0, PAGE_BYTES).fill(7, PAGE_BYTES, 2 * PAGE_BYTES);
  const fill = new Uint8Array(count);
  fill.set([1, 2]);
  return {
    contentKey: 'number',
    codec: 'none',
    keyLo: Uint32Array.from({ length: count }, (_, i) => i),
    keyHi: Uint32Array.from({ length: count }, (_, i) => i),
    compressedBytes: new Uint16Array(count).fill(PAGE_BYTES),
    fill,
    bytes,
  };
}

const contents = contentsOf(30);
function guest(name: string, more: Partial<ScriptGuestSpec> = {}): ScriptGuestSpec {
  return {
    kind: 'script',
    name,
    size: toPages(600),
    contents,
    intervals: 300,
    pagesPerInterval: 100,
    driver: true,
    ...more,
  };
}

function run(store: 'keys' | 'bytes', more: More = {}) {
  return runSimulation(
    withMore(
      {
        name: 'test',
        host: { memory: toPages(700), store },
        guests: [guest('a'), guest('b')],
        mix: { strategies: [{ plugin: balloonTo, options: { targetMiB: 2 } }, plainSwap] },
        run: {
          seed: 5,
          order: 'shuffled',
          costs: { instruction: 10 },
          edges: { swapDevice: new InstantDevice() },
          check: true,
        },
      },
      more,
    ),
  );
}

test('a store of keys and a store of bytes come to the same result, to the last digit', () => {
  const [keys, bytes] = [run('keys'), run('bytes')];
  expect(bytes).toEqual(keys);
  expect(keys.summary.swapInPages).toBeGreaterThan(1000);
  expect(keys.host.vms.map((vm) => vm.ballooned)).toEqual([88, 88]);
  expect(keys.checkedReads).toBe(keys.touches);
});

test('what a script writes does not depend on what the host does with it', () => {
  const touched = (strategies: Mix['strategies'], memory: number) =>
    run('keys', { mix: { strategies }, host: { memory: toPages(memory) } }).guests.map(
      ({ touches, writes }) => [touches, writes],
    );
  expect(touched([plainSwap], 700)).toEqual(touched([], 4096));
});

test('gives its balloon only the pages that the script does not use', () => {
  const { host, guests } = run('keys', {
    mix: { strategies: [{ plugin: balloonTo, options: { targetMiB: 0 } }, plainSwap] },
  });
  expect(host.vms.map((vm) => vm.ballooned)).toEqual([180, 180]);
  expect(guests.map((one) => one.balloonPops)).toEqual([0, 0]);
});
