/**
 * docs/errors.md is the table of codes; every code in the table is thrown somewhere, and the compiler holds the
 * reverse.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from '@overbook/core/units';
import { expect, test } from 'vitest';

import { formatted } from './formatted.ts';

const groups = Object.entries(ERROR_CODES).map(
  ([title, codes]) => [title, Object.entries(codes) as [string, string][]] as const,
);

async function errorsPage(): Promise<string> {
  const tables = groups.map(([title, codes]) => {
    const rows = codes.map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
    return [`## ${title}`, '', '| code | what it means |', '| --- | --- |', ...rows, ''].join('\n');
  });
  const text = `# Errors

Every error of ours has a code, a place, a sentence and a mend: \`error OVB_CODE  place\`, what is wrong, \`mend:\` what to do. The
command ends with exit code 2. In code, match \`error.code\` and read \`error.subject\` (which mix, VM, page, file, line); the
sentences are for people and change without notice. Codes are frozen between majors.

${tables.join('\n')}`;
  return formatted('docs/errors.md', text);
}

/** All code that may throw, as one text. */
function sources(): string {
  const files = readdirSync('packages', { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      /^[^/]+\/(src\/.*\.ts|bin\/.*\.mjs)$/.test(path) &&
      !/\.(test|fuzz|bench)\.ts$/.test(path) &&
      !path.endsWith('error-codes.ts'),
  );
  return files.map((path) => readFileSync(join('packages', path), 'utf8')).join('\n');
}

test('docs/errors.md lists every code: `npm run docs` writes it anew', async () => {
  await expect(await errorsPage()).toMatchFileSnapshot('../docs/errors.md');
});

test('every code is thrown somewhere', () => {
  const text = sources();
  // Files of our own formats make theirs from kind and ending (formats/src/messages.ts).
  const made = /^OVB_(DIGEST|TRACE|RECORDING)_(CORRUPT|FORMAT|INVALID|TOO_LARGE|VERSION)$/;
  const idle = groups.flatMap(([, codes]) =>
    codes
      .map(([code]) => code)
      .filter((code) => !made.test(code) && !text.includes(`'${code}'`) && !text.includes(`'error ${code} `)),
  );
  expect(idle).toEqual([]);
});
