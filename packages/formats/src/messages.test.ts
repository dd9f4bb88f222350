import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { unreadable } from './messages.ts';

function causeOf(path: string): unknown {
  try {
    readFileSync(path);
  } catch (cause) {
    return cause;
  }
  throw new Error(`${path} can be read`);
}

test.each([
  ['/nowhere/at-all', 'does not exist'],
  [import.meta.dirname, 'is a folder'],
  [`${import.meta.filename}/x`, 'does not exist'],
])('%s %s: said in words, not by the code of the system', (path, what) => {
  const error = unreadable(path, causeOf(path));
  expect(error).toMatchObject({ code: 'OVB_FILE_UNREADABLE', at: path, what });
  expect(error.mend).not.toContain('permissions');
});

test('what has no words of its own keeps those of the system', () => {
  expect(unreadable('a', new Error('odd')).what).toBe('odd');
});
