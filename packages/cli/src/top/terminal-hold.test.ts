import { expect, test } from 'vitest';

import { holdTerminal } from './terminal-hold.ts';

function terminal(isTTY: boolean) {
  const did: string[] = [];
  const input = { isTTY, setRawMode: (raw: boolean) => did.push(raw ? 'raw' : 'cooked') };
  const output = { isTTY, write: (text: string) => did.push(text) };
  return { did, held: { input, output } as unknown as Parameters<typeof holdTerminal>[1] };
}

test('keys typed before the screen is there are kept from the shell, and something is seen', () => {
  const { did, held } = terminal(true);
  const release = holdTerminal('reading', held);
  expect(did).toEqual(['raw', 'reading']);
  release();
  release();
  expect(did).toEqual(['raw', 'reading', '\r\u001B[K']);
  release('input');
  expect(did.at(-1)).toBe('cooked');
});

test('without a terminal nothing is done', () => {
  const { did, held } = terminal(false);
  holdTerminal('reading', held)('input');
  expect(did).toEqual([]);
});
