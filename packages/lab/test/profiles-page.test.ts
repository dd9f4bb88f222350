/** docs/model/profiles.md tells every value of a profile with its source. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { HOST_PROFILES } from '@overbook/core/host';
import { expect, test } from 'vitest';

const page = readFileSync(join(import.meta.dirname, '../../../docs/model/profiles.md'), 'utf8');

/** Rows of the page's tables as lists of cells. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test('the page has every value of every profile, with its source, and no other', () => {
  const wanted = Object.values(HOST_PROFILES).flatMap(({ settings, strategies }) => [
    ...Object.entries(settings).map(([key, { value, source }]) => [
      `\`${key}\``,
      `\`${String(value)}\``,
      source,
    ]),
    ...Object.entries(strategies).flatMap(([id, options]) =>
      Object.entries(options).map(([name, { value, source }]) => [
        `\`${id}\` \`${name}\``,
        `\`${String(value)}\``,
        source,
      ]),
    ),
  ]);
  expect(rows).toEqual(wanted);
});
