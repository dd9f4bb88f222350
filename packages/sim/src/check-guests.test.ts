import type { ContentTable } from '@overbook/core';
import { expect, test } from 'vitest';

import { smallRecording, smallTrace } from '../test/small-recording.ts';
import { checkGuests } from './check-guests.ts';
import type { GuestSpec } from './guest-spec.ts';

const recording = smallRecording(2, [], [{ after: 0, contents: [0, 0] }]);
const recorded: GuestSpec = { kind: 'recorded', name: 'a', recording, start: 'power-on' };
function flat(contents?: ContentTable): GuestSpec {
  return {
    kind: 'flat',
    name: 'b',
    trace: smallTrace(2, []),
    ...(contents === undefined ? {} : { contents }),
  };
}
function table(contentKey: string, bytes?: Uint8Array): ContentTable {
  return {
    contentKey,
    codec: 'none',
    keyLo: new Uint32Array(1),
    keyHi: new Uint32Array(1),
    compressedBytes: new Uint16Array(1),
    fill: new Uint8Array(1),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

test('guests with different content keys are refused', () => {
  const other = flat(table('xxh3-64'));
  expect(() => checkGuests('h', [recorded, other], 'keys')).toThrow(
    /guest b: its content keys are xxh3-64, those of guest 'a' sha256-64/,
  );
  expect(checkGuests('h', [recorded, flat(table('sha256-64'))], 'keys')).toBe('sha256-64');
  expect(checkGuests('h', [flat()], 'keys')).toBe('sha256-64');
});

test('a host with bytes refuses guests without', () => {
  expect(() => checkGuests('h', [recorded], 'bytes')).toThrow(
    expect.objectContaining({ code: 'OVB_NO_BYTES' }),
  );
  expect(() => checkGuests('h', [flat()], 'bytes')).toThrow(
    expect.objectContaining({ code: 'OVB_NO_BYTES' }),
  );
  expect(checkGuests('h', [flat(table('sha256-64', new Uint8Array(4096)))], 'bytes')).toBe('sha256-64');
});

test('a host needs guests', () => {
  expect(() => checkGuests('h', [], 'keys')).toThrow(/there is no guest/);
});
