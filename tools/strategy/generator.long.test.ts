/** A generated strategy is green at once: its tests pass, and its arrows and format are right. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generated } from './generated.ts';

let copy: ReturnType<typeof generated>;
beforeAll(() => (copy = generated()), 60_000);
afterAll(() => copy.dispose());

test('its tests pass, the conformance kit among them, and so do those of the workspace', () => {
  const { status, output } = copy.run('vitest', 'run', 'cold-pages', 'tools/workspace');
  expect(output).toContain('conformance.test.ts');
  expect(output).not.toContain('FAIL');
  expect(status).toBe(0);
  const readme = copy.run('vitest', 'run', 'tools/readme', '-t', 'cold-pages');
  expect(readme.output).toMatch(/Tests .*[1-9]\d* passed/);
  expect(readme.status).toBe(0);
}, 120_000);

test('it passes lint, by types and by arrows, and the formatter', () => {
  expect(copy.run('oxlint', '--type-aware', 'packages/cold-pages').output).toContain('0 errors');
  expect(copy.run('oxfmt', '--check', 'packages/cold-pages', 'tsconfig.json').output).toContain(
    'All matched files',
  );
  expect(copy.run('nx', 'lint', '@overbook/cold-pages').output).toContain('Successfully ran target lint');
}, 60_000);
