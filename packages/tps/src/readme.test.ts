import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { mib } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { expect, test } from 'vitest';
import type { ZodType } from 'zod';
import { z } from 'zod';

import { tps } from './index.ts';
import { esxOptions, ksmOptions } from './options.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

interface Property {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

function valuesOf({
  const: only,
  enum: several,
  type,
  minimum,
  exclusiveMinimum,
  maximum,
}: Property): string {
  if (only !== undefined) return `\`${only}\``;
  if (several !== undefined) return several.map((value) => `\`${String(value)}\``).join(', ');
  const limits = [
    minimum === undefined ? '' : `≥ ${minimum}`,
    exclusiveMinimum === undefined ? '' : `> ${exclusiveMinimum}`,
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : `≤ ${maximum}`,
  ];
  return [type, ...limits.filter((limit) => limit !== '')].join(' ');
}

function tableOf(options: ZodType): string {
  const { properties } = z.toJSONSchema(options, { io: 'input' }) as { properties: Record<string, Property> };
  const rows = Object.entries(properties).map(([name, property]) => [
    `\`${name}\``,
    valuesOf(property),
    property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``,
    property.description ?? '',
  ]);
  const cells = [['option', 'values', 'default', 'meaning'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n');
}

function written(mode: string): string {
  return new RegExp(`<!-- options ${mode} -->\\n+([^]*?)\\n*<!-- end -->`).exec(readme)?.[1] ?? 'no table';
}

test.each([
  ['esx', esxOptions],
  ['ksm', ksmOptions],
])('the table of options of mode %s is what the schema says', (mode, options) => {
  expect(written(mode)).toBe(tableOf(options));
});

test('every option says what it is', () => {
  for (const options of [esxOptions, ksmOptions]) {
    for (const [name, option] of Object.entries(options.shape))
      expect([name, option.description]).toEqual([name, expect.any(String)]);
  }
});

test('the example runs and prints what its comments say', () => {
  const code = /```ts\n([^]*?)```/.exec(readme)![1]!.replace(/^import .*$/gm, '');
  const printed: unknown[][] = [];
  // The text of the README itself is run: an example that only looks like it would prove nothing.
  // oxlint-disable-next-line typescript/no-implied-eval -- as above
  const run = new Function('composeHost', 'mib', 'tps', 'console', code) as (...given: unknown[]) => void;
  run(composeHost, mib, tps, { log: (...values: unknown[]) => printed.push(values) });
  expect(printed).toEqual([[{ tps: 1000 }], [{ tps: 999 }, 'page 7']]);
});

test('the sections that every strategy has are there', () => {
  const headings = [...readme.matchAll(/^## (.*)$/gm)].map((heading) => heading[1]);
  expect(headings).toEqual([
    'What is this?',
    'When should I use this?',
    'Install',
    'Use',
    'Options',
    'What it costs the guest',
    'When not to use it',
    'What it cannot promise',
    'Source',
  ]);
});
