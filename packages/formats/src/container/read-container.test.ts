import { brotliCompressSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Part } from '../../test/forge.ts';
import { codeOf, forge, partsOf } from '../../test/forge.ts';
import { memorySource, withFile } from './byte-source.ts';
import type { FileId } from './format.ts';
import type { ReadLimits } from './read-container.ts';
import { looksLike, readSections } from './read-container.ts';

const id: FileId = { kind: 'trace', name: 'x.ovt' };
const parts: readonly Part[] = [
  { tag: 'META', bytes: Buffer.from('{"name":"x"}') },
  { tag: 'DATA', bytes: Buffer.alloc(4000, 'overbook ') },
  { tag: 'NONE', bytes: Buffer.alloc(0) },
];
const file = forge(parts, 'trace');
function read(bytes: Uint8Array, maxUnpackedBytes = 1 << 20): unknown {
  return [...readSections(memorySource(bytes), id, { maxUnpackedBytes })];
}

/** One section by hand, with a right checksum. */
function section(tag: string, coding: number, payload: Uint8Array, unpackedBytes: number): Buffer {
  const header = Buffer.alloc(16);
  header.write(tag);
  header[4] = coding;
  header.writeUInt32LE(payload.length, 8);
  header.writeUInt32LE(unpackedBytes, 12);
  const checksum = createHash('sha256').update(header).update(payload).digest();
  return Buffer.concat([header, payload, checksum]);
}
const header = file.subarray(0, 16);

describe('a container', () => {
  test('gives back its sections in order, packed ones unpacked', () => {
    expect(partsOf(file, 'trace').map(({ tag, bytes }) => [tag, Buffer.from(bytes).toString()])).toEqual(
      parts.map(({ tag, bytes }) => [tag, Buffer.from(bytes).toString()]),
    );
    expect(file.length).toBeLessThan(400);
  });

  test('reads from a file as from memory', () => {
    const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
    const path = join(folder, 'x.ovt');
    writeFileSync(path, file);
    const sections = withFile(path, (source) => [...readSections(source, id)]);
    expect(sections.map(({ tag, bytes }) => [tag, ...bytes])).toEqual(
      partsOf(file, 'trace').map(({ tag, bytes }) => [tag, ...bytes]),
    );
    rmSync(folder, { recursive: true });
  });

  test('says what it is from its first bytes', () => {
    expect(looksLike(file, 'trace')).toBe(true);
    expect(looksLike(file, 'digest')).toBe(false);
    expect(looksLike(Buffer.alloc(0), 'trace')).toBe(false);
  });
});

describe('a damaged container is refused', () => {
  test('whichever byte changes', () => {
    for (let at = 0; at < file.length; at++) {
      const damaged = Uint8Array.from(file);
      damaged[at]! ^= 1 << (at % 8);
      expect([at, codeOf(() => read(damaged))]).toEqual([
        at,
        expect.stringMatching(/^OVB_TRACE_(CORRUPT|FORMAT|VERSION)$/),
      ]);
    }
  });

  test('wherever it ends', () => {
    for (let length = 0; length < file.length; length++) {
      expect([length, codeOf(() => read(file.subarray(0, length)))]).toEqual([
        length,
        expect.stringMatching(/CORRUPT|FORMAT/),
      ]);
    }
  });

  test('when bytes follow its end', () => {
    expect(codeOf(() => read(Buffer.concat([file, Buffer.alloc(1)])))).toBe('OVB_TRACE_CORRUPT');
  });

  test('when a section is taken out, doubled or moved', () => {
    const first = section('META', 0, parts[0]!.bytes, parts[0]!.bytes.length).length;
    const body = file.subarray(16 + first);
    const meta = file.subarray(16, 16 + first);
    expect(codeOf(() => read(Buffer.concat([header, body])))).toBe('OVB_TRACE_CORRUPT');
    expect(codeOf(() => read(Buffer.concat([header, meta, meta, body])))).toBe('OVB_TRACE_CORRUPT');
  });

  test('when it is of another kind or version', () => {
    expect(codeOf(() => [...readSections(memorySource(forge(parts, 'digest')), id)])).toBe(
      'OVB_TRACE_FORMAT',
    );
    const newer = Uint8Array.from(file);
    newer[8] = 2;
    expect(() => read(newer)).toThrow('x.ovt:0x8: format version 2; this program reads 1');
    newer[8] = 0;
    expect(codeOf(() => read(newer))).toBe('OVB_TRACE_VERSION');
  });

  test('with the file and the offset of what is wrong', () => {
    const damaged = Uint8Array.from(file);
    damaged[40]! ^= 1;
    expect(() => read(damaged)).toThrow('x.ovt:0x10: a section does not match its checksum');
    expect(() => read(file.subarray(0, 50))).toThrow('x.ovt:0x32: the file ends inside the section at 0x10');
  });
});

describe('a lying container is refused before it costs memory', () => {
  const bomb = brotliCompressSync(Buffer.alloc(50_000_000));
  const lies: readonly (readonly [why: string, body: Buffer, code: string])[] = [
    ['unpacks to more than it declares', section('DATA', 1, bomb, 4096), 'OVB_TRACE_CORRUPT'],
    [
      'unpacks to less than it declares',
      section('DATA', 1, brotliCompressSync(Buffer.alloc(10)), 4096),
      'OVB_TRACE_CORRUPT',
    ],
    ['declares more than the caller allows', section('DATA', 1, bomb, 50_000_000), 'OVB_TRACE_TOO_LARGE'],
    ['declares more than the format allows', section('DATA', 1, bomb, 2 ** 32 - 1), 'OVB_TRACE_CORRUPT'],
    ['declares more packed than unpacked', section('DATA', 0, Buffer.alloc(40), 10), 'OVB_TRACE_CORRUPT'],
    ['stores fewer bytes than it declares', section('DATA', 0, Buffer.alloc(40), 50), 'OVB_TRACE_CORRUPT'],
    ['has an unknown coding', section('DATA', 2, Buffer.alloc(40), 40), 'OVB_TRACE_CORRUPT'],
    ['is not brotli', section('DATA', 1, Buffer.from('no brotli at all'), 4096), 'OVB_TRACE_CORRUPT'],
    ['has a payload in the end', section('END ', 0, Buffer.alloc(32), 32), 'OVB_TRACE_CORRUPT'],
  ];
  test.each(lies)('a section that %s', (_why, body, code) => {
    expect(codeOf(() => read(Buffer.concat([header, body])))).toBe(code);
  });

  test('a small file that unpacks to much, unless the caller allows it', () => {
    const large = forge([{ tag: 'DATA', bytes: Buffer.alloc(17_000_000) }], 'trace');
    const sum = (limits?: ReadLimits): number =>
      [...readSections(memorySource(large), id, limits)].reduce(
        (total, { bytes }) => total + bytes.length,
        0,
      );
    expect(codeOf(() => sum())).toBe('OVB_TRACE_TOO_LARGE');
    expect(sum({ maxUnpackedBytes: 17_000_000 })).toBe(17_000_000);
  });

  test('many small sections add up', () => {
    const one = section('DATA', 1, brotliCompressSync(Buffer.alloc(100_000)), 100_000);
    expect(codeOf(() => read(Buffer.concat([header, ...Array<Buffer>(20).fill(one)])))).toBe(
      'OVB_TRACE_TOO_LARGE',
    );
  });
});

describe('a file that cannot be read', () => {
  test.each(['/nowhere/x.ovt', tmpdir()])('%s', (path) => {
    expect(codeOf(() => withFile(path, (source) => [...readSections(source, id)]))).toBe(
      'OVB_FILE_UNREADABLE',
    );
  });
});
