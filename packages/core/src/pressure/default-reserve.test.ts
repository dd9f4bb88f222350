import fc from 'fast-check';
import { expect, test } from 'vitest';

import { composeHost } from '../composition/compose-host.ts';
import { toPages } from '../units/page.ts';
import { defaultReserve } from './default-reserve.ts';
import { MEMORY_STATE_MODELS } from './models.ts';
import { resolveModel } from './resolve-model.ts';

const GIB = 262_144;

test('every state of every shipped model can be entered, at every size of the host', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(MEMORY_STATE_MODELS)),
      fc.oneof(
        fc.integer({ min: 1024, max: GIB }),
        fc.integer({ min: 1, max: 1024 }).map((n) => n * GIB),
      ),
      (model, memory) => {
        const { thresholds } = resolveModel(model, toPages(memory));
        const lowest = Math.min(...Object.values(thresholds));
        const reserve = defaultReserve(toPages(memory), toPages(lowest));
        expect(reserve).toBeGreaterThan(0);
        expect(reserve).toBeLessThan(lowest);
        expect(reserve).toBeLessThanOrEqual(Math.max(16, memory / 256));
      },
    ),
  );
});

test('a host of 64 GiB keeps less than the threshold of low', () => {
  const memory = toPages(64 * GIB);
  const { thresholds } = resolveModel(MEMORY_STATE_MODELS['esxi-6.x']!, memory);
  expect(defaultReserve(memory, thresholds.low)).toBe(Math.floor(thresholds.low! / 2));
  expect(defaultReserve(memory)).toBe(memory / 256);
});

test('a host in want enters low with the default reserve', () => {
  const host = composeHost({
    memory: toPages(4096),
    vms: [{ name: 'a', size: toPages(4096) }],
    strategies: [],
    store: 'keys',
  });
  for (let page = 0; page < 4096; page++)
    host.memory.access(0 as never, page as never, true, host.clock.now());
  host.settle(host.clock.now());
  expect(host.state).toBe('low');
  host.dispose();
});
