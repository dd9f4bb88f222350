/** A plugin that hangs where its cell is planned, and not where the study was: in a thread, as users run it. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import { Study, localEngine, readStudy } from '@overbook/study';

import { SCENARIO, tinyStudy } from './tiny.ts';

const isBuilt = existsSync(new URL('../dist/engines/local-worker.js', import.meta.url));

function plugin(flag: string): string {
  return `import { existsSync } from 'node:fs';
import { defineStrategy } from '@overbook/core';
import { z } from 'zod';
export const endless = defineStrategy({
  id: 'endless', contract: 2, title: 't', options: z.strictObject({}), needs: {}, actsFrom: 'clear',
  create: () => {
    while (existsSync(${JSON.stringify(flag)}));
    return { reclaim: () => undefined };
  },
});
`;
}

test.skipIf(!isBuilt)('ends its own cell by its name, and the next cell runs', async () => {
  const mix = '  endless: { strategies: [endless, hostswap] }\n';
  const path = tinyStudy('', `${SCENARIO}${mix}plugins: [./endless.ts]\n`);
  const flag = join(dirname(path), 'hang');
  writeFileSync(join(dirname(path), 'endless.ts'), plugin(flag));
  const study = await Study.plan(readStudy(path));
  const [swap, , endless] = study.point(0).cells;
  writeFileSync(flag, '');
  const engine = await localEngine(study.loaded, { workers: 1, limits: { silenceMs: 1000 } });
  const [hung, ran] = await Promise.all([engine.run(endless!, undefined), engine.run(swap!, undefined)]);
  await engine.close();
  expect(hung.answer).toMatchObject({
    kind: 'failed',
    by: 'endless',
    what: expect.stringMatching(/^endless failed: it gave no sign of life for 1 s/) as unknown,
  });
  expect(ran.answer.kind).toBe('done');
});
