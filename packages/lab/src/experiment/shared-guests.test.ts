import type { GuestSpec } from '@overbook/sim';
import { expect, test } from 'vitest';

import { DatasetShelf } from './datasets.ts';
import { sharedGuests } from './shared-guests.ts';

const folder = new URL('../../../../datasets', import.meta.url).pathname;

function guestsOf(shelf: DatasetShelf): readonly GuestSpec[] {
  const recording = shelf.recording('recordings/python.ovr');
  return [
    { kind: 'recorded', name: 'a', recording, start: 'all' },
    { kind: 'recorded', name: 'b', recording, start: 'all' },
    { kind: 'flat', name: 'c', trace: shelf.trace('traces/sqlite.ovt') },
  ] as unknown as readonly GuestSpec[];
}

/** Typed arrays anywhere in a value, each once, in the order of its keys. */
function arraysIn(value: unknown, found = new Set<ArrayBufferView>()): ReadonlySet<ArrayBufferView> {
  if (ArrayBuffer.isView(value)) found.add(value);
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) arraysIn(inner, found);
  return found;
}

/** Everything but the arrays' elements: those are compared as bytes, which takes no time. */
function outline(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    ArrayBuffer.isView(inner) ? `${inner.constructor.name} of ${inner.byteLength} bytes` : inner,
  );
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

test('guests are the same, with every array in shared memory, and what they have in common is shared once', () => {
  const guests = guestsOf(new DatasetShelf({ datasets: folder }));
  const shared = sharedGuests(guests);
  expect(outline(shared)).toBe(outline(guests));
  const [before, after] = [[...arraysIn(guests)], [...arraysIn(shared)]];
  expect(after.length).toBe(before.length);
  expect(after.length).toBeGreaterThan(50);
  after.forEach((array, i) => {
    expect(array.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(Buffer.compare(bytesOf(array), bytesOf(before[i]!))).toBe(0);
  });
  const [a, b] = shared as readonly { recording: unknown }[];
  expect(a!.recording).toBe(b!.recording);
});

test('what another thread would be sent has the same memory behind it', () => {
  const shared = sharedGuests(guestsOf(new DatasetShelf({ datasets: folder })));
  const sent = structuredClone(shared) as readonly {
    recording: { endMs: Uint32Array };
  }[];
  const here = shared as unknown as readonly {
    recording: { endMs: Uint32Array };
  }[];
  here[0]!.recording.endMs[0] = 4711;
  expect(sent[1]!.recording.endMs[0]).toBe(4711);
});
