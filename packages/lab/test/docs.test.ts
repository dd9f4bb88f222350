/** What is made from the scenario schema is what is committed; `npm run docs` writes it anew. */
import { expect, test } from 'vitest';
import { z } from 'zod';

import { scenarioJsonSchema } from '../src/scenario/json-schema.ts';
import { resultsSchema } from '../src/results/results-schema.ts';
import { scenarioReference } from '../src/scenario/reference.ts';
import { formatted } from '../../../tools/formatted.ts';

const docs = new URL('../../../docs/', import.meta.url).pathname;

test('docs/scenario.schema.json is the schema: `npm run docs` writes it anew', async () => {
  const path = `${docs}scenario.schema.json`;
  await expect(await formatted(path, JSON.stringify(scenarioJsonSchema()))).toMatchFileSnapshot(path);
});

test('docs/compare.schema.json is the schema of results: `npm run docs` writes it anew', async () => {
  const path = `${docs}compare.schema.json`;
  await expect(await formatted(path, JSON.stringify(z.toJSONSchema(resultsSchema)))).toMatchFileSnapshot(
    path,
  );
});

test('docs/scenarios.md is made from the schema: `npm run docs` writes it anew', async () => {
  const path = `${docs}scenarios.md`;
  await expect(await formatted(path, scenarioReference())).toMatchFileSnapshot(path);
});

test('every key of the schema is described', () => {
  const undescribed: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties, ...rest } = node as { properties?: Record<string, { description?: string }> };
    for (const [name, property] of Object.entries(properties ?? {})) {
      if (property.description === undefined) undescribed.push(`${path}.${name}`);
      visit(property, `${path}.${name}`);
    }
    for (const [name, value] of Object.entries(rest)) visit(value, `${path}/${name}`);
  };
  visit(scenarioJsonSchema(), '');
  expect(undescribed).toEqual([]);
});
