/** What is made from the study schema is what is committed; `npm run docs` writes it anew. */
import { expect, test } from 'vitest';

import { studyJsonSchema, studyReference } from '@overbook/study';

import { formatted } from '../../../tools/formatted.ts';

const docs = new URL('../../../docs/', import.meta.url).pathname;

test('docs/study.schema.json is the schema: `npm run docs` writes it anew', async () => {
  const path = `${docs}study.schema.json`;
  await expect(await formatted(path, JSON.stringify(studyJsonSchema()))).toMatchFileSnapshot(path);
});

test('docs/studies.md is made from the schema: `npm run docs` writes it anew', async () => {
  const path = `${docs}studies.md`;
  await expect(await formatted(path, studyReference())).toMatchFileSnapshot(path);
});
