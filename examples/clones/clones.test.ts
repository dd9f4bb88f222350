import type { ContentTable, Template } from '@overbook/core';
import { FILL_OTHER, FILL_ZERO, toPages } from '@overbook/core';
import { SeededRandom, composeHost } from '@overbook/core/host';
import { hostswap } from '@overbook/hostswap';
import { expect, test } from 'vitest';

import { clones } from './clones.ts';

const COUNT = 40;
const contents: ContentTable = {
  contentKey: 'sha256-64',
  codec: 'none',
  keyLo: Uint32Array.from({ length: COUNT }, (_, i) => i),
  keyHi: Uint32Array.from({ length: COUNT }, (_, i) => i),
  compressedBytes: new Uint16Array(COUNT).fill(4096),
  fill: Uint8Array.from({ length: COUNT }, (_, i) => (i === 0 ? FILL_ZERO : FILL_OTHER)),
  bytes: Uint8Array.from({ length: COUNT * 4096 }, (_, at) => Math.floor(at / 4096)),
};
/** Pages 0 to 47 hold content 1 to 39 and a few zeros. */
const template: Template = {
  name: 'golden',
  contents,
  pages: Uint32Array.from({ length: 48 }, (_, page) => (page % 7 === 0 ? 0 : (page % (COUNT - 1)) + 2)),
};

function compose(strategies: Parameters<typeof composeHost>[0]['strategies'], memory: number) {
  const vm = { size: toPages(64), template };
  return composeHost({
    memory: toPages(memory),
    vms: [
      { ...vm, name: 'a', salt: 'blue' },
      { ...vm, name: 'b', salt: 'blue' },
      { ...vm, name: 'c', salt: 'red' },
      { ...vm, name: 'd', salt: 'blue', sharing: false },
    ],
    strategies,
    memoryStates: 'direct',
  });
}

/** First byte of the page as the template has it. */
function ofTemplate(page: number): number {
  return Math.max(0, (template.pages[page] ?? 0) - 1);
}

test.each([
  ['core alone', []],
  ['with clones', [clones]],
  ['with clones and swap', [clones, hostswap]],
])('%s: every page reads as the template, then as it was written', (_what, strategies) => {
  const host = compose(strategies, strategies.length === 2 ? 150 : 300);
  const names = ['a', 'b', 'c', 'd'];
  const model = names.map(() => Array.from({ length: 64 }, (_, page) => ofTemplate(page)));
  const random = new SeededRandom(7).stream('clones');
  for (let step = 0; step < 1500; step++) {
    const vm = random.below(4);
    const page = random.below(64);
    const guest = host.vm(names[vm]!);
    if (random.below(3) > 0) {
      expect(guest.read(page)[0]).toBe(model[vm]![page]);
    } else {
      model[vm]![page] = 100 + random.below(100);
      guest.write(page, Uint8Array.of(model[vm]![page]!));
    }
    if (step % 250 === 0) host.verify();
    if (step === 700) {
      host.powerOff('b');
      host.verify();
      host.powerOn('b');
      model[1] = Array.from({ length: 64 }, (_, at) => ofTemplate(at));
    }
  }
  host.verify();
  for (const name of names) host.powerOff(name);
  host.dispose();
  expect(host.pool.free).toBe(host.pool.total);
});

test('clones that only read stand on one frame a page, by domain; the one that may not share does not', () => {
  const host = compose([clones], 300);
  for (const name of ['a', 'b', 'c', 'd']) for (let page = 0; page < 48; page++) host.vm(name).read(page);
  const held = template.pages.filter((content) => content > 0).length;
  const shared = host.counters().vms.map((vm) => vm.shared);
  expect(shared).toEqual([held, held, held, 0]);
  expect([host.pool.sharedFrames, host.pool.sharedReferences]).toEqual([2 * held, 3 * held]);
  expect(host.credits().now).toEqual({ clones: held });
  host.verify();
  host.vm('a').write(1, 'mine');
  expect(host.vm('b').read(1)[0]).toBe(ofTemplate(1));
  host.verify();
  host.powerOff('a');
  host.powerOff('b');
  // Nobody stands on the blue frames: they are the strategy's own until it is disposed.
  expect([host.pool.sharedFrames, host.counters().own]).toEqual([held, held]);
  host.verify();
});
