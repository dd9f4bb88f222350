import { expect, test } from 'vitest';

import { LINUX_VERSION, NEWEST_LTS_KERNEL, linuxSince } from './linux-version.ts';

test('versions are compared number by number, not as text or as one number', () => {
  expect(linuxSince('6.9', 6, 12)).toBe(false);
  expect(linuxSince('6.12.1-amd64', 6, 12)).toBe(true);
  expect(linuxSince('5.15', 6, 3)).toBe(false);
  expect(linuxSince('7.0-rc1', 6, 12)).toBe(true);
  expect(linuxSince(NEWEST_LTS_KERNEL, 6, 18)).toBe(true);
});

test.each(['six', '6', '6.', '6.1234', 'v6.1', ''])('%o is no version', (text) => {
  expect(LINUX_VERSION.test(text)).toBe(false);
  expect(() => linuxSince(text, 6, 1)).toThrow('is not a Linux version');
});
