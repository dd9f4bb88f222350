/** Fuzzes the page flags of a guest's agent: whatever the bytes, one role a page or our error. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyDamage, codeOf, damaged, seedOf } from '../../test/forge.ts';
import { parsePageFlags } from './page-flags-file.ts';
import { isRole } from './role.ts';

const seed = seedOf('packages/formats/src/roles/page-flags-file.fuzz.ts');
const seconds = Number(process.env['OVB_FUZZ_SECONDS'] ?? 4);
const PAGES = 16;

/** A file of the agent: two sections of random flags. */
const anyFile = fc
  .tuple(fc.uint8Array({ minLength: PAGES * 8, maxLength: PAGES * 8 }), fc.nat(PAGES * 8))
  .map(([flags, extra]) =>
    Buffer.concat([
      Buffer.from(`OBPI1\nS kpageflags ${flags.length}\n`),
      flags,
      Buffer.from(`S kpageflags2 ${flags.length + extra}\n`),
      flags,
      Buffer.alloc(extra, 'S'),
      Buffer.from('E\n'),
    ]),
  );

test(
  'page flags, damaged, are refused or have a role for every page',
  () => {
    const property = fc.property(anyFile, fc.array(anyDamage, { maxLength: 4 }), (file, injuries) => {
      const bytes = injuries.reduce<Uint8Array>(damaged, file);
      let read: ReturnType<typeof parsePageFlags> | undefined;
      const code = codeOf(() => (read = parsePageFlags(bytes, 'fuzzed', PAGES)));
      if (injuries.length === 0) expect(code).toBeUndefined();
      if (read === undefined) expect(code).toBe('OVB_ROLES_CORRUPT');
      else expect([read.role.length, read.role.every(isRole)]).toEqual([PAGES, true]);
    });
    fc.assert(property, {
      seed,
      numRuns: 100_000_000,
      interruptAfterTimeLimit: seconds * 1000,
      endOnFailure: true,
    });
  },
  seconds * 10_000 + 60_000,
);
