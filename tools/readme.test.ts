/**
 * Runs what READMEs show: a `ts` block followed by a `text` block is a program and its output, letter by letter.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { StrategyPlugin } from '@overbook/core';
import { afterAll, expect, test, vi } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '..');
const scratch = join(root, '.readme-examples');

interface Example {
  readonly name: string;
  readonly code: string;
  readonly output: string;
}

function examplesOf(folder: string): readonly Example[] {
  const text = readFileSync(join(root, 'packages', folder, 'README.md'), 'utf8');
  const pairs = text.matchAll(/```ts\n((?:(?!```)[\s\S])*)```\n\n```text\n([\s\S]*?)```/g);
  return [...pairs].map((pair, i) => ({ name: `${folder}-${i + 1}`, code: pair[1]!, output: pair[2]! }));
}

const folders = readdirSync(join(root, 'packages'));
const examples = folders.flatMap(examplesOf);
const strategyPackages = folders.filter((folder) =>
  /layer:(strategy|bounds)/.test(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')),
);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Strategies by package, from the packages themselves. */
async function strategiesOf(folder: string): Promise<readonly StrategyPlugin[]> {
  const exported = Object.values(
    (await import(`../packages/${folder}/src/index.ts`)) as Record<string, unknown>,
  );
  return exported.filter(
    (one): one is StrategyPlugin => (one as { role?: unknown } | undefined)?.role === 'strategy',
  );
}

test.each(strategyPackages)('the README of %s tells every option', async (folder) => {
  const text = readFileSync(join(root, 'packages', folder, 'README.md'), 'utf8').replaceAll(/\s+/g, ' ');
  for (const { options } of await strategiesOf(folder)) {
    const { properties } = z.toJSONSchema(options, { io: 'input' });
    for (const [name, property] of Object.entries(properties ?? {})) {
      const { description, default: usual } = property as { description: string; default?: unknown };
      expect(text).toContain(`| \`${name}\` |`);
      expect(text).toContain(description);
      if (usual !== undefined) expect(text).toContain(`\`${JSON.stringify(usual)}\``);
    }
  }
});

test('core shows a host in ten lines', () => {
  const first = examples.find(({ name }) => name === 'core-1')!;
  expect(
    first.code
      .trim()
      .split('\n')
      .filter((line) => line !== '').length,
  ).toBeLessThanOrEqual(10);
});

test.each(examples)('the example $name prints what its README says', async ({ name, code, output }) => {
  mkdirSync(scratch, { recursive: true });
  const path = join(scratch, `${name}.ts`);
  writeFileSync(path, code);
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
    lines.push(values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' '));
  });
  try {
    await import(/* @vite-ignore */ path);
  } finally {
    log.mockRestore();
  }
  expect(`${lines.join('\n')}\n`).toBe(output);
});
