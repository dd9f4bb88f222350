import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { compressionOptions, zramOptions, zswapOptions } from './index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

interface Property {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly { readonly type: string; readonly const?: string }[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: number | boolean | string;
  readonly description: string;
}

function row([name, property]: [string, Property]): string {
  const { minimum, maximum } = property;
  const range =
    minimum === undefined ? '' : maximum === undefined ? `, from ${minimum}` : `, ${minimum} to ${maximum}`;
  const values = property.anyOf?.map((one) => (one.const === undefined ? one.type : `\`${one.const}\``));
  const names = property.enum?.map((one) => `\`${one}\``);
  const type = (values ?? names)?.join(', ') ?? property.type;
  const preset = property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``;
  return `| \`${name}\` | ${type}${range} | ${preset} | ${property.description} |`.replace(/ +/g, ' ');
}

test('the README lists exactly the options of the schemas', () => {
  const rows = readme
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.replace(/ +/g, ' '));
  const expected = [compressionOptions, zswapOptions, zramOptions].flatMap((schema) => {
    const { properties } = z.toJSONSchema(schema, { io: 'input' });
    return Object.entries(properties as Record<string, Property>).map(row);
  });
  expect(rows).toEqual(expected);
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
    'How the three differ',
    'Source',
  ]);
});
