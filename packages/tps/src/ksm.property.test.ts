import fc from 'fast-check';
import { expect, test } from 'vitest';

import { PlainKsm } from '../test/plain-ksm.ts';
import { rig } from '../test/rig.ts';

const PER_VM = 12;

/** Few contents, one of them common: chains of dups must form and thin out again. */
const content = fc.constantFrom(0, 1, 1, 1, 1, 2, 3);
const write = fc.record({
  do: fc.constant('write' as const),
  vm: fc.nat(1),
  page: fc.nat(PER_VM - 1),
  content,
});
const discard = fc.record({ do: fc.constant('discard' as const), vm: fc.nat(1), page: fc.nat(PER_VM - 1) });
const batches = fc.record({ do: fc.constant('scan' as const), batches: fc.integer({ min: 1, max: 6 }) });
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: write },
    { weight: 1, arbitrary: discard },
    { weight: 3, arbitrary: batches },
  ),
  {
    minLength: 20,
    maxLength: 160,
  },
);
const settings = fc.record({
  max: fc.constantFrom(2, 3, 4, 256),
  zero: fc.boolean(),
  smart: fc.boolean(),
  stableFirst: fc.boolean(),
  prune: fc.boolean(),
  pagesToScan: fc.constantFrom(5, 11, 100),
  store: fc.constantFrom('bytes' as const, 'keys' as const),
  first: fc.array(content, { minLength: 2 * PER_VM, maxLength: 2 * PER_VM }),
});

test('KSM behaves as its rules written out plainly, counter by counter, batch by batch', () => {
  fc.assert(
    fc.property(
      settings,
      steps,
      ({ max, zero, smart, stableFirst, prune, pagesToScan, store, first }, script) => {
        const model = new PlainKsm(2 * PER_VM, { max, zero, smart, stableFirst, prune });
        const guests = rig({
          vms: [{ size: PER_VM }, { size: PER_VM, salt: 'ksm knows none' }],
          store,
          options: {
            mode: 'ksm',
            max_page_sharing: max,
            use_zero_pages: zero,
            smart_scan: smart,
            stableFirst,
            stable_node_chains_prune_millisecs: prune ? 0 : 1_000_000,
            pages_to_scan: pagesToScan,
          },
        });
        first.forEach((given, number) => {
          guests.write(Math.floor(number / PER_VM), number % PER_VM, given);
          model.write(number, given);
        });
        for (const step of script) {
          if (step.do === 'write') {
            guests.write(step.vm, step.page, step.content);
            model.write(step.vm * PER_VM + step.page, step.content);
          } else if (step.do === 'discard') {
            guests.discard(step.vm, step.page);
            model.discard(step.vm * PER_VM + step.page);
          } else {
            for (let batch = 0; batch < step.batches; batch++) {
              guests.host.advance(20);
              model.batch(pagesToScan);
              expect(guests.counters()).toEqual(model.counters());
            }
          }
        }
        guests.check();
        guests.host.dispose();
      },
    ),
    { numRuns: 120 },
  );
});
