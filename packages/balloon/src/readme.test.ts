import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ZodType } from 'zod';
import { z } from 'zod';

import { balloonOptions, freePageReportingOptions, proxmoxBalloonOptions } from './index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

interface Property {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly description: string;
}

function rowsOf(options: ZodType): string[] {
  const schema = z.toJSONSchema(options, { io: 'input' });
  return Object.entries(schema.properties as Record<string, Property>).map(([name, property]) => {
    const range = property.minimum === undefined ? '' : `, ${property.minimum} to ${property.maximum}`;
    const values = property.enum?.join(', ') ?? `${property.type}${range}`;
    const { default: usual } = property;
    const shown = usual === undefined ? 'none' : `\`${JSON.stringify(usual)}\``;
    return `| \`${name}\` | ${values} | ${shown} | ${property.description} |`;
  });
}

test('the README lists exactly the options of all schemas', () => {
  const rows = readme
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.replace(/ +/g, ' '));
  expect(rows).toEqual([
    ...rowsOf(balloonOptions),
    ...rowsOf(freePageReportingOptions),
    ...rowsOf(proxmoxBalloonOptions),
  ]);
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
    'Source',
  ]);
});
