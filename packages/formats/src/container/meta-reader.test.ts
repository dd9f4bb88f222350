import { describe, expect, test } from 'vitest';
import { codeOf } from '../../test/forge.ts';
import { MetaReader } from './meta-reader.ts';

function open(json: string): MetaReader {
  return MetaReader.open(
    { kind: 'recording', name: 'x.ovr' },
    { tag: 'META', offset: 16, bytes: Buffer.from(json) },
  );
}

describe('metadata are read by name, type and range', () => {
  test('every kind of field', () => {
    const meta = open('{"a":"x","b":7,"c":1.5,"d":{"e":1,"f":2},"g":[{"h":0}]}');
    expect([meta.text('a'), meta.count('b', 7, 7), meta.amount('c'), meta.object('d').counts()]).toEqual([
      'x',
      7,
      1.5,
      { e: 1, f: 2 },
    ]);
    expect(meta.list('g', 1).map((item) => item.count('h'))).toEqual([0]);
    expect([meta.has('a'), meta.has('toString')]).toEqual([true, false]);
    meta.end();
  });

  test('fields named like built-ins are only fields', () => {
    expect(open('{"__proto__":3,"constructor":4}').counts()).toEqual(
      JSON.parse('{"__proto__":3,"constructor":4}'),
    );
  });
});

describe('what differs from what was asked for is refused, by its path', () => {
  const refused: readonly (readonly [message: string, json: string, read: (meta: MetaReader) => unknown])[] =
    [
      ['the metadata is not JSON', '{"a":', (meta) => meta],
      ['the metadata is not JSON', '{"a":"\xff"}\xff', (meta) => meta],
      ['the metadata is not an object', '[]', (meta) => meta],
      ['the metadata is not an object', 'null', (meta) => meta],
      ['a is not a text', '{"a":1}', (meta) => meta.text('a')],
      ['a is not a text', '{}', (meta) => meta.text('a')],
      ['toString is not a text', '{}', (meta) => meta.text('toString')],
      ['a is not a text', `{"a":"${'x'.repeat(5000)}"}`, (meta) => meta.text('a')],
      ['a is not a whole number, 0..9', '{"a":10}', (meta) => meta.count('a', 9)],
      ['a is not a whole number, 1..9', '{"a":0}', (meta) => meta.count('a', 9, 1)],
      ['a is not a whole number, 0..9', '{"a":1.5}', (meta) => meta.count('a', 9)],
      ['a is not a whole number, 0..9', '{"a":"1"}', (meta) => meta.count('a', 9)],
      ['a is not a number, 0 or more', '{"a":-1}', (meta) => meta.amount('a')],
      ['a is not a number, 0 or more', '{"a":1e999}', (meta) => meta.amount('a')],
      ['a.b is not a text', '{"a":{}}', (meta) => meta.object('a').text('b')],
      ['a is not an object', '{"a":[]}', (meta) => meta.object('a')],
      ['a is not a list of at most 1', '{"a":[{},{}]}', (meta) => meta.list('a', 1)],
      ['a[1] is not an object', '{"a":[{},1]}', (meta) => meta.list('a', 2)],
      ['a has more than 1 fields', '{"a":{"b":1,"c":2}}', (meta) => meta.object('a').counts(1)],
      ['the metadata has an unknown field "a"', '{"a":1}', (meta) => meta.end()],
    ];
  test.each(refused)('%s', (message, json, read) => {
    const bytes = Buffer.from(json, json.includes('\xff') ? 'latin1' : 'utf8');
    const call = (): unknown =>
      read(MetaReader.open({ kind: 'recording', name: 'x.ovr' }, { tag: 'META', offset: 16, bytes }));
    expect(codeOf(call)).toBe('OVB_RECORDING_CORRUPT');
    expect(call).toThrow(`x.ovr:0x10: ${message}`);
  });

  test('a million brackets', () => {
    expect(codeOf(() => open('['.repeat(1_000_000)))).toBe('OVB_RECORDING_CORRUPT');
  });
});
