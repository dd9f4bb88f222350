/** Help leads with what to type. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { HELP_EXAMPLES } from '../src/help-examples.ts';
import { SCENARIOS, overbook } from './captured-io.ts';

/** Words of every command that can be run. */
function commandsOf(help: string): readonly string[] {
  const listed = /\nCommands:\n([\s\S]*?)(\n\n|$)/.exec(help)?.[1] ?? '';
  return [...listed.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name!).filter((name) => name !== 'help');
}

describe('help', () => {
  test('of every command leads with examples, whose commands, options and files are there', async () => {
    const seen = new Set<string>();
    const visit = async (words: readonly string[]): Promise<void> => {
      seen.add(words.join(' '));
      const { out, code } = await overbook([...words, '--help']);
      expect(code).toBe(0);
      expect(out).toMatch(/^Examples?:\n {2}overbook /);
      for (const name of commandsOf(out)) await visit([...words, name]);
    };
    await visit([]);
    expect(Object.keys(HELP_EXAMPLES).sort()).toEqual([...seen].sort());
    for (const example of Object.values(HELP_EXAMPLES).flat()) {
      const words = example.split(' ');
      const command = seen.has(words.slice(0, 2).join(' ')) ? words.slice(0, 2) : words.slice(0, 1);
      const { out } = await overbook([...command, '--help']);
      for (const option of words.filter((word) => /^--?\w/.test(word))) expect(out).toContain(option);
      for (const path of words.filter((word) => /^(\.\/)?(scenarios|datasets|examples)\//.test(word)))
        if (words[words.indexOf(path) - 1] !== '-o')
          expect(existsSync(join(SCENARIOS, '..', path))).toBe(true);
    }
  });
  test('of trace import names all that it reads', async () => {
    const { out } = await overbook(['trace', 'import', '--help']);
    for (const name of ['lackey', 'oracleGeneral', 'damo', 'CSV', 'gzip', 'zlib', 'Brotli'])
      expect(out).toContain(name);
  });
});
