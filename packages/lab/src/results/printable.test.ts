import { expect, test } from 'vitest';

import { printable } from './printable.ts';

test('control characters are shown, not sent', () => {
  expect(printable('\u001b[31mred\u0007 \u009b2J \u202eabc')).toBe(
    '\\u001b[31mred\\u0007 \\u009b2J \\u202eabc',
  );
});

test('lines, tabs and letters of any script stay', () => {
  expect(printable('one\n\ttwo drei – 四')).toBe('one\n\ttwo drei – 四');
});

test('what is too long is cut', () => {
  expect(printable('x'.repeat(5000))).toBe(`${'x'.repeat(2000)} …`);
});
