import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

/**
 * Holds a file that is made from code against what the code makes now; `npm run docs` writes it instead.
 * @param path from the root of the repository
 */
export function expectHeld(path: string, text: string): void {
  if (process.env['OVB_UPDATE_DOCS'] === '1') writeFileSync(path, text);
  const held = existsSync(path) ? readFileSync(path, 'utf8') : '';
  expect(held, `${path} is out of date: \`npm run docs\` writes it anew`).toBe(text);
}
