import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FILE_LINES_MAX, FUNCTION_LINES_MAX, judge, tidy, type Allowance } from './tidy.ts';

/** Exceptions, each with its reason. An allowance that covers nothing fails. */
const allowances: readonly Allowance[] = [];

describe('the sources are tidy', () => {
  test.each(readdirSync('packages').sort())('packages/%s', (name) => {
    const findings = sourcePaths(name).flatMap((path) => tidy(path, readFileSync(path, 'utf8')));
    const allowed = allowances.filter(({ path }) => path.startsWith(`packages/${name}/`));
    expect(judge(findings, allowed)).toEqual([]);
  });
});

describe('a planted violation is found', () => {
  const planted: readonly (readonly [text: string, what: string])[] = [
    ['const t = Date.now();', 'Date.now is banned'],
    ['const t = new Date();', 'new Date() is banned'],
    ['const t = performance.now();', 'performance.now is banned'],
    ['const r = Math.random();', 'Math.random is banned'],
    ['const pick = Math.random;', 'Math.random is banned'],
    ['setTimeout(() => undefined, 1);', 'setTimeout is banned'],
    ['globalThis.setInterval(() => undefined, 1);', 'setInterval is banned'],
    ['["b", "a"].sort((a, b) => a.localeCompare(b));', 'localeCompare is banned'],
    ['console.warn("drift");', 'console. is banned'],
    ['const home = process.env["HOME"];', 'process. is banned'],
    ['import { env } from "node:process";', 'process. is banned'],
    ['import { setTimeout as later } from "node:timers/promises";', 'timers are banned'],
    ['import { container } from "tsyringe";', 'tsyringe is banned here'],
    ['import { type InjectionToken } from "tsyringe";', 'tsyringe is banned here'],
    ['export { container } from "tsyringe";', 'tsyringe is banned here'],
    ['import "reflect-metadata";', 'reflect-metadata is banned here'],
    ['const m = await import("tsyringe");', 'tsyringe is banned here'],
    ['// hot: one call per access\nimport { map } from "rxjs";', 'rxjs is banned in a hot file'],
    ['const x: any = 1;', 'any is banned'],
    ['const x = y as any;', 'any is banned'],
    ['// @ts-ignore\nconst x = 1;', '@ts-ignore is banned'],
    ['export default 1;', 'a default export is banned'],
    ['export default function f() {}', 'a default export is banned'],
    ['export { f as default };', 'a default export is banned'],
    ['export * from "./pmap.ts";', 'export * is banned'],
    [`// ${'x'.repeat(120)}`, 'a line of 123 columns is banned'],
    ['\n'.repeat(FILE_LINES_MAX + 1), 'a file of 501 lines is banned (at most 500)'],
    [`function f() {${'\n'.repeat(FUNCTION_LINES_MAX)}}`, 'f has 71 lines, over 70 is banned'],
    [`const f = () => {${'\n'.repeat(FUNCTION_LINES_MAX)}};`, 'a function has 71 lines, over 70 is banned'],
  ];
  test.each(planted)('%j', (text, what) => {
    expect(tidy('packages/tps/src/scan.ts', text).map((finding) => finding.what)).toEqual([what]);
  });

  test('a file named for nothing in particular', () => {
    expect(tidy('packages/tps/src/utils.ts', '').map(({ what }) => what)).toEqual([
      'the name utils.ts is banned',
    ]);
  });
});

describe('what is fine is left alone', () => {
  const fine: readonly (readonly [path: string, text: string])[] = [
    ['packages/tps/src/scan.ts', '// Date.now would differ between runs\nconst s = "Math.random";'],
    ['packages/tps/src/scan.ts', 'const d = new Date(0);'],
    ['packages/tps/src/scan.ts', 'const x = worker.process(chunk), t = clock.now();'],
    ['packages/tps/src/scan.ts', 'import type { DependencyContainer } from "tsyringe";'],
    [
      'packages/core/src/composition/container.ts',
      'import "reflect-metadata";\nimport { container } from "tsyringe";',
    ],
    ['packages/tps/src/scan.ts', 'import { map } from "rxjs";'],
    ['packages/tps/src/scan.ts', '// hot\nimport type { Observable } from "rxjs";'],
    ['packages/cli/src/main.ts', 'process.stderr.write(String(Date.now()));\nconsole.error("done");'],
    ['packages/core/src/pmap/pmap.bench.ts', 'console.log(performance.now());'],
    ['packages/core/src/pmap/pmap.fuzz.ts', 'const seed = Number(process.env["OVB_SEED"] ?? 1);'],
    ['packages/core/src/pmap/pmap.test.ts', `test("x", () => {${'\n'.repeat(FUNCTION_LINES_MAX)}});`],
    ['packages/images/src/hash/kernel.generated.ts', `export const wasm = "${'A'.repeat(3000)}";`],
    ['packages/tps/src/scan.ts', `function f() {${'\n'.repeat(FUNCTION_LINES_MAX - 1)}}`],
  ];
  test.each(fine)('%s %j', (path, text) => {
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
