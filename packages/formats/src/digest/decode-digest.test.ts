import { toPages } from '@overbook/core/units';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf, forge, partsOf, withMeta } from '../../test/forge.ts';
import { anyDigest, digestOf } from '../../test/digests.ts';
import { decodeDigest, readDigest } from './decode-digest.ts';
import { digestTotals, encodeDigest, writeDigest } from './encode-digest.ts';

const small = digestOf([1, 0, 2, 2, 0, 5, 1, 3], true);
const file = encodeDigest(small);
function decode(bytes: Uint8Array): unknown {
  return decodeDigest(bytes, 'x.ovd', { maxUnpackedBytes: 1 << 20 });
}

describe('a digest file', () => {
  test('gives back every digest', () => {
    fc.assert(
      fc.property(anyDigest, (digest) => {
        expect(decode(encodeDigest(digest))).toEqual(digest);
      }),
      { numRuns: 200 },
    );
  });

  test('is read from disk as it was written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
    writeDigest(join(folder, 'x.ovd'), small, { quality: 5 });
    expect(readDigest(join(folder, 'x.ovd'))).toEqual(small);
    rmSync(folder, { recursive: true });
  });

  test('has the same bytes for the same digest', () => {
    expect(encodeDigest(digestOf([1, 0, 2, 2, 0, 5, 1, 3], true))).toEqual(file);
  });

  test('spans several sections above a million pages', () => {
    const count = 1_048_576 + 5;
    const many = digestOf(
      Array.from({ length: count }, (_, page) => page % 1000),
      true,
    );
    const read = decodeDigest(encodeDigest(many, { quality: 1 }), 'many');
    expect(Buffer.compare(Buffer.from(read.keyLo.buffer), Buffer.from(many.keyLo.buffer))).toBe(0);
    expect(Buffer.compare(read.role, many.role)).toBe(0);
    expect(partsOf(encodeDigest(many, { quality: 1 }), 'digest').map(({ tag }) => tag)).toEqual([
      'META',
      'PAGE',
      'ROLE',
      'PAGE',
      'ROLE',
    ]);
  });

  test('stays below 1 MB for 256 MiB of pages that all differ', () => {
    const all = digestOf(
      Array.from({ length: 65_536 }, (_, page) => page),
      true,
    );
    expect(encodeDigest(all).length).toBeLessThan(1_000_000);
  });
});

describe('a digest that breaks a rule is not written', () => {
  const broken: readonly (readonly [why: string, change: object])[] = [
    ['columns of another length', { fill: new Uint8Array(7) }],
    ['more pages than columns', { pages: toPages(9) }],
    ['no page', { pages: toPages(0) }],
    ['an unknown fill class', { fill: small.fill.map(() => 4) }],
    ['unknown pages with keys', { fill: small.fill.map(() => 3) }],
    ['an unknown role', { role: small.role.map(() => 12) }],
    ['two keys of zero pages', { fill: small.fill.map(() => 1) }],
    ['sizes no page can have', { compressedBytes: small.compressedBytes.map(() => 9000) }],
    ['two sizes of one key', { compressedBytes: small.compressedBytes.map((_, page) => page) }],
    ['a checksum that is none', { imageSha256: 'x' }],
  ];
  test.each(broken)('%s', (_why, change) => {
    expect(codeOf(() => encodeDigest({ ...small, ...change }))).toBe('OVB_DIGEST_INVALID');
  });
});

describe('a lying digest file is refused', () => {
  const parts = partsOf(file, 'digest');
  const [meta, page, role] = parts as [(typeof parts)[0], (typeof parts)[0], (typeof parts)[0]];
  const refused: readonly (readonly [why: string, bytes: Uint8Array])[] = [
    ['more pages than it holds', withMeta(file, 'digest', 'pages', 9)],
    ['fewer pages than it holds', withMeta(file, 'digest', 'pages', 7)],
    ['a million pages', withMeta(file, 'digest', 'pages', 1_000_000)],
    ['more pages than any', withMeta(file, 'digest', 'pages', 2 ** 40)],
    ['other contents', withMeta(file, 'digest', 'totals.contents', 4)],
    ['other zero pages', withMeta(file, 'digest', 'totals.zeroPages', 3)],
    ['unknown pages', withMeta(file, 'digest', 'totals.unknownPages', 1)],
    ['other same-filled pages', withMeta(file, 'digest', 'totals.sameFilledPages', 1)],
    ['an unknown field', withMeta(file, 'digest', 'salt', 1)],
    ['no roles, and then roles', withMeta(file, 'digest', 'roles', 0)],
    ['a checksum that is none', withMeta(file, 'digest', 'imageSha256', 'x')],
    ['no metadata', forge([page, role], 'digest')],
    ['no pages', forge([meta], 'digest')],
    ['nothing', forge([], 'digest')],
    ['metadata twice', forge([meta, meta, page, role], 'digest')],
    ['roles before pages', forge([meta, role, page], 'digest')],
    ['no roles', forge([meta, page], 'digest')],
    ['pages twice', forge([meta, page, role, page, role], 'digest')],
    ['a section of another name', forge([meta, { ...page, tag: 'PAGX' }, role], 'digest')],
    ['too few roles', forge([meta, page, { ...role, bytes: role.bytes.slice(1) }], 'digest')],
    [
      'too many roles',
      forge([meta, page, { ...role, bytes: Buffer.concat([role.bytes, role.bytes]) }], 'digest'),
    ],
    ['a role that is none', forge([meta, page, { ...role, bytes: role.bytes.map(() => 0x1f) }], 'digest')],
    ['a trace', forge(parts, 'trace')],
  ];
  test.each(refused)('%s', (_why, bytes) => {
    expect(codeOf(() => decode(bytes))).toMatch(/^OVB_DIGEST_(CORRUPT|FORMAT)$/);
  });

  test('unless nothing in it lies', () => {
    expect(decode(forge(parts, 'digest'))).toEqual(small);
    expect(digestTotals(small)).toEqual({ contents: 5, zeroPages: 2, sameFilledPages: 0, unknownPages: 0 });
  });
});
