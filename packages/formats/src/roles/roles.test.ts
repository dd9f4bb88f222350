import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../test/forge.ts';
import { roleOf } from './kpageflags.ts';
import { parsePageFlags, readPageFlags } from './page-flags-file.ts';
import { isRole, ROLE_NAMES } from './role.ts';

function bits(...numbers: number[]): number {
  return numbers.reduce((sum, bit) => (sum | (1 << bit)) >>> 0, 0);
}
const [REFERENCED, UPTODATE, DIRTY, LRU, ACTIVE, SLAB, WRITEBACK, BUDDY, MMAP, ANON] = [
  2, 3, 4, 5, 6, 7, 8, 10, 11, 12,
];
const [SWAPBACKED, UNEVICTABLE, NOPAGE, OFFLINE, ZERO_PAGE, PGTABLE] = [14, 18, 20, 23, 24, 26];

describe('page flags become roles', () => {
  const roles: readonly (readonly [name: string, low: number, high: number, byte: number])[] = [
    ['none', bits(NOPAGE!, BUDDY!), 0, 0],
    ['free', bits(BUDDY!), 0, 1],
    ['kernel', 0, 0, 2],
    ['reserved', 0, 1, 3],
    ['slab', bits(SLAB!), 1, 4],
    ['page table', bits(PGTABLE!), 0, 5],
    ['anonymous', bits(ANON!, LRU!, SWAPBACKED!, MMAP!), 0, 0x46],
    ['file clean', bits(LRU!, UPTODATE!, REFERENCED!), 0, 0x17],
    ['file clean', bits(UPTODATE!, MMAP!), 0, 0x47],
    ['kernel', bits(UPTODATE!), 0, 2],
    ['file dirty', bits(LRU!, DIRTY!, ACTIVE!), 0, 0x28],
    ['file dirty', bits(LRU!, WRITEBACK!), 0, 8],
    ['shared memory', bits(LRU!, SWAPBACKED!, DIRTY!, UNEVICTABLE!), 0, 0x89],
    ['balloon', bits(OFFLINE!), 0, 10],
    ['zero page', bits(ZERO_PAGE!), 1, 11],
  ];
  test.each(roles)('%s', (name, low, high, byte) => {
    expect(roleOf(low, high)).toBe(byte);
    expect(ROLE_NAMES[byte & 15]).toBe(name);
    expect(isRole(byte)).toBe(true);
  });

  test('and nothing else is a role', () => {
    expect([12, 15, 0x11, 0x4b, 0x80].map(isRole)).toEqual([false, false, false, false, false]);
  });
});

/** What the agent sends: sections of 64-bit words. */
function sent(sections: Readonly<Record<string, readonly bigint[]>>, end = 'E\n'): Buffer {
  const parts = Object.entries(sections).flatMap(([name, words]) => {
    const bytes = Buffer.from(BigUint64Array.from(words).buffer);
    return [Buffer.from(`S ${name} ${bytes.length}\n`), bytes];
  });
  return Buffer.concat([Buffer.from('OBPI1\n'), ...parts, Buffer.from(end)]);
}
const free = 1n << 10n;
const reserved = 1n << 32n;

describe('a file of page flags', () => {
  const file = sent({ kpagecount: [0n], kpageflags: [free, reserved, 0n], kpageflags2: [free, free, 0n] });

  test('gives the roles of as many pages as the image has, and how many had drifted', () => {
    expect(parsePageFlags(file, 'x', 3)).toEqual({ role: Uint8Array.of(1, 3, 2), driftedPages: 1 });
    expect(parsePageFlags(file, 'x', 1)).toEqual({ role: Uint8Array.of(1), driftedPages: 0 });
  });

  test('is read plain and packed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
    writeFileSync(join(folder, 'a.roles'), file);
    writeFileSync(join(folder, 'a.roles.br'), brotliCompressSync(file));
    expect(readPageFlags(join(folder, 'a.roles'), 3)).toEqual(readPageFlags(join(folder, 'a.roles.br'), 3));
    writeFileSync(join(folder, 'b.roles.br'), file);
    expect(codeOf(() => readPageFlags(join(folder, 'b.roles.br'), 3))).toBe('OVB_ROLES_CORRUPT');
    expect(codeOf(() => readPageFlags(join(folder, 'none'), 3))).toBe('OVB_FILE_UNREADABLE');
    rmSync(folder, { recursive: true });
  });

  const refused: readonly (readonly [why: string, bytes: Uint8Array])[] = [
    ['covers fewer pages', sent({ kpageflags: [free] })],
    ['has no flags', sent({ kpagecount: [free, free, free] })],
    ['has no end', sent({ kpageflags: [free, free, free] }, '')],
    ['goes on behind its end', sent({ kpageflags: [free, free, free] }, 'E\nE\n')],
    ['is something else', Buffer.from('OBPI2\nE\n')],
    ['is empty', Buffer.alloc(0)],
    ['declares more than it has', Buffer.from('OBPI1\nS kpageflags 999999\nxxx')],
    ['has a section without a size', Buffer.from('OBPI1\nS kpageflags\nE\n')],
    ['has a section line without end', Buffer.from(`OBPI1\nS ${'x'.repeat(500)}`)],
    ['has a section twice', Buffer.concat([file.subarray(0, file.length - 2), file.subarray(6)])],
  ];
  test.each(refused)('that %s is refused', (_why, bytes) => {
    expect(codeOf(() => parsePageFlags(bytes, 'x', 3))).toBe('OVB_ROLES_CORRUPT');
  });

  test('cut anywhere is refused', () => {
    for (let length = 0; length < file.length; length++) {
      expect(codeOf(() => parsePageFlags(file.subarray(0, length), 'x', 3))).toBe('OVB_ROLES_CORRUPT');
    }
  });
});
