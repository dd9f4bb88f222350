import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Allowance } from './tidy.ts';
import { FILE_LINES_MAX, FUNCTION_LINES_MAX, judge, tidy } from './tidy.ts';

/** Exceptions, each with its reason. An allowance that covers nothing fails. */
const allowances: readonly Allowance[] = [
  ...['timers', 'setImmediate'].map((what) => ({
    path: 'packages/images/src/scan/next-turn.ts',
    what,
    why: 'an interrupt is heard only between turns of the event loop; no result depends on when a turn comes',
  })),
  ...['timers', 'setInterval'].map((what) => ({
    path: 'packages/lab/src/experiment/run-limits.ts',
    what,
    why: 'a run that never ends is ended by the clock on the wall: it decides whether there is a result, never which',
  })),
  {
    path: 'packages/lab/src/experiment/run-limits.ts',
    what: 'process.',
    why: 'buffers of threads are in no heap limit: what the process holds decides whether there is a result, never which',
  },
  {
    path: 'packages/core/src/index.ts',
    what: 'export *',
    why: 'all entries under one roof, for scripts that load the build by its path: the entries are written by hand',
  },
  {
    path: 'packages/study/src/engines/timed.ts',
    what: 'process.',
    why: 'how long runs take is for estimates, in a file of its own: no result has it',
  },
  ...[
    ['engine/queue-engine.ts', 'timers'],
    ['engine/queue-engine.ts', 'setInterval'],
    ['worker/dataset-places.ts', 'timers'],
  ].map(([path, what]) => ({
    path: `packages/bullmq/src/${path}`,
    what: what!,
    why: 'a server elsewhere is waited for by the clock on the wall: it decides whether there is a result, never which',
  })),
  {
    path: 'packages/bullmq/src/worker/cell-process.ts',
    what: 'process.',
    why: 'a process that a worker started ends with it, so that no other runs the same cell beside it',
  },
  {
    path: 'packages/bullmq/src/worker/cell-process.ts',
    what: 'a default export',
    why: 'BullMQ calls what a file for its sandbox exports as default',
  },
  {
    path: 'packages/testing/src/kit/temporary-folder.ts',
    what: 'process.',
    why: 'the kit points TMPDIR elsewhere for the length of a run: only so does it see what a plugin leaves',
  },
];

describe('the sources are tidy', () => {
  test.each(readdirSync('packages').sort())('packages/%s', (name) => {
    const findings = sourcePaths(name).flatMap((path) => tidy(path, readFileSync(path, 'utf8')));
    const allowed = allowances.filter(({ path }) => path.startsWith(`packages/${name}/`));
    expect(judge(findings, allowed)).toEqual([]);
  });
});

describe('a planted violation is found', () => {
  const planted: readonly (readonly [what: string, text: string])[] = [
    ['Date.now is banned', 'const t = Date.now();'],
    ['Date() is banned', 'const t = Date();'],
    ['new Date() is banned', 'const t = new Date();'],
    ['performance.now is banned', 'const t = performance.now();'],
    ['Math.random is banned', 'const r = Math.random();'],
    ['Math.random is banned', 'const pick = Math.random;'],
    ['setTimeout is banned', 'setTimeout(() => undefined, 1);'],
    ['setInterval is banned', 'globalThis.setInterval(() => undefined, 1);'],
    ['localeCompare is banned', '["b", "a"].sort((a, b) => a.localeCompare(b));'],
    ['toLocaleString is banned', '(1e6).toLocaleString();'],
    ['console. is banned', 'console.warn("drift");'],
    ['process. is banned', 'const home = process.env["HOME"];'],
    ['process. is banned', 'import { env } from "node:process";'],
    ['timers are banned', 'import { setTimeout as later } from "node:timers/promises";'],
    ['tsyringe is banned here', 'import { container } from "tsyringe";'],
    ['tsyringe is banned here', 'import { type InjectionToken } from "tsyringe";'],
    ['tsyringe is banned here', 'export { container } from "tsyringe";'],
    ['tsyringe is banned here', 'const m = await import("tsyringe");'],
    ['reflect-metadata is banned here', 'import "reflect-metadata";'],
    ['rxjs is banned in a hot file', '// hot: one call per access\nimport { map } from "rxjs";'],
    ['any is banned', 'const x: any = 1;'],
    ['any is banned', 'const x = y as any;'],
    ['@ts-ignore is banned', '// @ts-ignore\nconst x = 1;'],
    ['a default export is banned', 'export default 1;'],
    ['a default export is banned', 'export default function f() {}'],
    ['a default export is banned', 'export { f as default };'],
    ['export * is banned', 'export * from "./pmap.ts";'],
    ['a line of 123 columns is banned', `// ${'x'.repeat(120)}`],
    ['a file of 501 lines is banned (at most 500)', '\n'.repeat(FILE_LINES_MAX + 1)],
    ['f has 71 lines, over 70 is banned', `function f() {${'\n'.repeat(FUNCTION_LINES_MAX)}}`],
    ['a function has 71 lines, over 70 is banned', `let f = () => {${'\n'.repeat(FUNCTION_LINES_MAX)}};`],
    ['a const that holds an arrow is banned', 'const half = (x: number) => x / 2;'],
  ];
  test.each(planted)('%s', (what, text) => {
    expect(tidy('packages/tps/src/scan.ts', text).map((finding) => finding.what)).toEqual([what]);
  });

  test('a file named for nothing in particular', () => {
    expect(tidy('packages/tps/src/utils.ts', '').map(({ what }) => what)).toEqual([
      'the name utils.ts is banned',
    ]);
  });
});

describe('what is fine is left alone', () => {
  const fine: readonly (readonly [why: string, path: string, text: string])[] = [
    ['comments and strings', 'packages/tps/src/scan.ts', '// Date.now differs\nconst s = "Math.random";'],
    ['a date that is given', 'packages/tps/src/scan.ts', 'const d = new Date(0);'],
    ['members of the same name', 'packages/tps/src/scan.ts', 'const x = a.process(b), t = clock.now();'],
    ['types of the container', 'packages/tps/src/scan.ts', 'import type { A } from "tsyringe";'],
    ['the container in its folder', 'packages/core/src/composition/root.ts', 'import "reflect-metadata";'],
    ['streams outside hot files', 'packages/tps/src/scan.ts', 'import { map } from "rxjs";'],
    ['types of streams in hot files', 'packages/tps/src/scan.ts', '// hot\nimport type { A } from "rxjs";'],
    ['wall time and output in cli', 'packages/cli/src/main.ts', 'console.error(Date.now());'],
    ['wall time and output in a bench', 'packages/core/src/a.bench.ts', 'console.log(performance.now());'],
    ['a seed from outside in a fuzzer', 'packages/core/src/a.fuzz.ts', 'process.env["OVB_SEED"];'],
    [
      'long groups of tests',
      'packages/core/src/a.test.ts',
      `test(() => {${'\n'.repeat(FUNCTION_LINES_MAX)}});`,
    ],
    ['generated files', 'packages/images/src/a.generated.ts', `export const wasm = "${'A'.repeat(3000)}";`],
    ['70 lines', 'packages/tps/src/scan.ts', `function f() {${'\n'.repeat(FUNCTION_LINES_MAX - 1)}}`],
  ];
  test.each(fine)('%s', (_why, path, text) => {
    expect(tidy(path, text)).toEqual([]);
  });

  test('but a test may not read the wall clock, nor cli roll dice', () => {
    expect(tidy('packages/tps/src/scan.test.ts', 'Date.now();')).toHaveLength(1);
    expect(tidy('packages/cli/src/main.ts', 'Math.random();')).toHaveLength(1);
  });
});

describe('the verdict', () => {
  const path = 'packages/lab/src/worker.ts';
  const found = tidy(path, 'const a = 1;\nprocess.exit(a);');
  const allowed = { path, what: 'process.', why: 'the worker ends its own thread' };

  test('says where, what and the mend in one line', () => {
    expect(judge(tidy('packages/tps/src/scan.ts', '\nMath.random();'), [])).toEqual([
      'packages/tps/src/scan.ts:2: Math.random is banned; name RANDOM in needs and use deps.random',
    ]);
  });
  test('leaves out what is allowed', () => {
    expect(judge(found, [allowed])).toEqual([]);
  });
  test('reports an allowance that covers nothing', () => {
    expect(judge([], [allowed])).toEqual([
      'tools/tidy.test.ts: packages/lab/src/worker.ts no longer needs process.; drop the allowance',
    ]);
  });
});

function sourcePaths(packageName: string): string[] {
  return ['src', 'test']
    .flatMap((folder) => filesUnder(`packages/${packageName}/${folder}`))
    .filter((path) => path.endsWith('.ts'))
    .sort();
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.map((name) => `${folder}/${name.replaceAll('\\', '/')}`);
}
