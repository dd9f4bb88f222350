import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { compressionOptions } from './index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

interface Property {
  readonly type?: string;
  readonly anyOf?: readonly { readonly type: string; readonly const?: string }[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default: number | boolean | string;
  readonly description: string;
}

function row([name, property]: [string, Property]): string {
  const range = property.minimum === undefined ? '' : `, ${property.minimum} to ${property.maximum}`;
  const values = property.anyOf?.map((one) => (one.const === undefined ? one.type : `\`${one.const}\``));
  const type = values?.join(', ') ?? property.type;
  return `| \`${name}\` | ${type}${range} | \`${JSON.stringify(property.default)}\` | ${property.description} |`;
}

test('the README lists exactly the options of the schema', () => {
  const schema = z.toJSONSchema(compressionOptions, { io: 'input' });
  const rows = readme
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.replace(/ +/g, ' '));
  expect(rows).toEqual(Object.entries(schema.properties as Record<string, Property>).map(row));
});

test('the README says what its readers must know', () => {
  const headings = readme.split('\n').filter((line) => line.startsWith('## '));
  expect(headings.map((line) => line.slice(3))).toEqual([
    'What is this?',
    'When should I use this?',
    'Install',
    'Use',
    'Options',
    'What it costs the guest',
    'When not to use it',
    'What it cannot promise',
    'How zram and zswap differ',
    'Source',
  ]);
});
