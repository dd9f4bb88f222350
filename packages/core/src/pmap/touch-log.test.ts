import fc from 'fast-check';
import { expect, test } from 'vitest';

import { TouchLog } from './touch-log.ts';

test('keeps the order of a plain list in which a touched page moves to the end', () => {
  const operation = fc.oneof(
    fc.record({ what: fc.constant('put' as const), page: fc.nat(9) }),
    fc.record({ what: fc.constant('remove' as const), page: fc.nat(9) }),
    fc.record({ what: fc.constant('oldest' as const), page: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 600 }), (operations) => {
      const log = new TouchLog(10);
      let list: number[] = [];
      for (const { what, page } of operations) {
        if (what === 'put') {
          log.put(page);
          list = [...list.filter((one) => one !== page), page];
        } else if (what === 'remove') {
          log.remove(page);
          list = list.filter((one) => one !== page);
        } else {
          expect(log.takeOldest()).toBe(list.shift() ?? -1);
        }
      }
      for (const page of list) expect(log.takeOldest()).toBe(page);
      expect(log.takeOldest()).toBe(-1);
    }),
  );
});

test('room is never 0: a full log is compacted', () => {
  const log = new TouchLog(3);
  for (let i = 0; i < 1000; i++) {
    expect(log.room()).toBeGreaterThan(0);
    log.put(i % 3);
  }
});
