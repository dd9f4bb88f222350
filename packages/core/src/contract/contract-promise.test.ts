import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { CONTRACT_PROMISES } from './contract-promise.ts';
import { ContractViolation } from './contract-violation.ts';

const src = join(import.meta.dirname, '..');

test('each promise has an id of its own, and a violation has both', () => {
  const ids = Object.values(CONTRACT_PROMISES);
  expect(new Set(ids).size).toBe(ids.length);
  const { promise, id, message } = new ContractViolation('p', 'frames are conserved', '1 of 2');
  expect([promise, id]).toEqual(['frames are conserved', 'frames-conserved']);
  expect(message).toBe('p broke a promise: frames are conserved (1 of 2)');
});

test('each promise is checked somewhere', () => {
  const code = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.test)\.ts$/.test(name) && !name.endsWith('contract-promise.ts'))
    .map((name) => readFileSync(join(src, name), 'utf8'))
    .join('\n');
  for (const promise of Object.keys(CONTRACT_PROMISES)) expect(code).toContain(promise);
});
