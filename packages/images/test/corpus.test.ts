/** What fuzzers start from, and what they found, on every change: refused with our error, or read the same twice. */
import { expect, test } from 'vitest';
import { SHIPPED_READERS } from '../src/index.ts';
import { corpusFiles, learnt } from './reader-fuzz.ts';

const cases = SHIPPED_READERS.flatMap((reader) =>
  corpusFiles(reader.id).map(([name, bytes]) => [`${reader.id}, ${name}`, reader, bytes] as const),
);

test('there is a corpus for every reader that has headers to lie in', () => {
  const ids = new Set(cases.map(([, reader]) => reader.id));
  expect([...ids].sort()).toEqual(['avml', 'elf', 'flattened', 'kdump', 'lime', 'vmss']);
});

test.each(cases)('%s', async (_name, reader, bytes) => {
  const outcome = await learnt(bytes, reader);
  expect(outcome).toMatch(/^OVB_IMAGE_|^\{/);
  expect(await learnt(bytes, reader)).toBe(outcome);
});
