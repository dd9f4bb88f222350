/** Plugins that end, fill or hold the process: told by name, with every other run done. On the built command only. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { DATASETS } from './captured-io.ts';

const bin = new URL('../bin/overbook.mjs', import.meta.url).pathname;
const isBuilt = existsSync(new URL('../dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'overbook-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scenario = join(folder, 'small.yaml');
writeFileSync(
  scenario,
  `name: small
datasets: ${DATASETS}
host: { memory: 60 % of guests, paces: { balance: 50 ms } }
guests:
  - { name: one, image: images/mini.ovd, size: 2 MiB, script: { intervals: 60, pagesPerInterval: 128 } }
mixes:
  swap-only: { strategies: [hostswap] }
`,
);

/** The file of a plugin. */
function plugin(id: string, parts: { top?: string; options?: string; create?: string }): string {
  const { top = '', options = 'z.strictObject({})', create = 'return {};' } = parts;
  const path = join(folder, `${id.replaceAll(/\W/g, '')}.ts`);
  writeFileSync(
    path,
    `import { CONTRACT, defineStrategy } from '@overbook/core';
     import { z } from 'zod';
     ${top}
     export const it = defineStrategy({ id: ${JSON.stringify(id)}, contract: CONTRACT, title: 't', needs: {},
       options: ${options}, actsFrom: 'clear', create: () => { ${create} } });`,
  );
  return path;
}

function overbook(...words: readonly string[]) {
  return spawnSync(process.execPath, [bin, ...words], { cwd: folder, encoding: 'utf8' });
}

const forEver = 'for (;;) {}';

describe.skipIf(!isBuilt)('before the first run a plugin is refused by name', { timeout: 300_000 }, () => {
  test.each<readonly [string, string, RegExp]>([
    [
      'that ends the process when loaded',
      plugin('a-load', { top: 'process.exit(0);' }),
      /ENDS at .*aload.ts/,
    ],
    ['that ends it in create', plugin('a-create', { create: 'process.exit(0);' }), /ENDS at a-create/],
    [
      'that ends it in dispose',
      plugin('a-dispose', { create: 'return { dispose: () => process.exit(0) };' }),
      /ENDS at a-dispose/,
    ],
    [
      'that loads for ever',
      plugin('b-load', { top: forEver }),
      /HANGS at .*bload.ts\n {2}gave no sign of life for 20 s/,
    ],
    ['that is made for ever', plugin('b-create', { create: forEver }), /HANGS at b-create/],
    [
      'whose options are checked for ever',
      plugin('b-options', { options: `z.strictObject({}).refine(() => { ${forEver} })` }),
      /HANGS at b-options/,
    ],
    ['whose id is a path', plugin('a/../b', {}), /INVALID at .*\n.*has the id "a\/..\/b"/],
    ['whose id is a key of objects', plugin('__proto__', {}), /has the id "__proto__"/],
    ['whose id is empty', plugin('', {}), /has the id ""/],
    [
      'without a schema',
      plugin('c-options', { options: '{} as never' }),
      /has options that are not a zod schema/,
    ],
  ])('%s', (_what, path, said) => {
    const { status, stdout, stderr } = overbook(
      'validate',
      scenario,
      '--plugin',
      path,
      '--call-limit',
      '20s',
    );
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(/^error OVB_PLUGIN_\w+ at .*\n {2}.*\n {2}mend: .*\n$/);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

test.skipIf(!isBuilt)(
  'a run that ends its thread, never returns or throws escapes fails by name; the others go on',
  { timeout: 400_000 },
  () => {
    const bodies = {
      'd-exit': 'process.exit(0);',
      'd-loop': forEver,
      'd-escape': `throw new Error('\\u001b[31mred');`,
    };
    const given = Object.entries(bodies).flatMap(([id, body]) => [
      '--plugin',
      plugin(id, { create: `return { reclaim: () => { ${body} } };` }),
    ]);
    const { status, stdout } = overbook('compare', scenario, ...given, '--call-limit', '30s', '--no-color');
    expect(status).toBe(1);
    expect(stdout).toContain('d-exit failed: it called process.exit');
    expect(stdout).toContain('d-loop failed: it gave no sign of life for 30 s');
    expect(stdout).toContain('d-escape failed: \\u001b[31mred');
    expect(stdout).not.toContain('\u001B');
    expect(stdout).toMatch(/swap-only +\d/);
  },
);

test.skipIf(!isBuilt)(
  'a plugin that fills the memory with buffers fails by name, when it loads and in a run; the others go on',
  { timeout: 400_000 },
  () => {
    const fills = 'for (;;) keep.push(new Uint8Array(1 << 20).fill(1));';
    const top = 'const keep: unknown[] = [];';
    const limit = ['--memory-limit', '1500MiB'];
    const run = plugin('e-run', { top, create: `return { reclaim: () => { ${fills} } };` });
    const compared = overbook('compare', scenario, '--plugin', run, ...limit);
    expect(compared.status).toBe(1);
    expect(compared.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'e-run failed: it filled the memory: all runs together came to more than 1500 MiB',
    );
    expect(compared.stdout).toMatch(/swap-only +\d/);
    const load = plugin('e-load', { top: `${top} ${fills}` });
    const refused = overbook('validate', scenario, '--plugin', load, ...limit);
    expect(refused.stderr).toMatch(/^error OVB_PLUGIN_HANGS at .*eload.ts\n {2}filled the memory/);
    expect(refused.status).toBe(2);
  },
);
