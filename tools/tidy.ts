/**
 * House style that a program can check, over the text of one file. A finding reads
 * `packages/tps/src/scan.ts:41: Math.random is banned; name RANDOM in needs and use deps.random`.
 */
import ts from 'typescript';

export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly what: string;
  readonly mend: string;
}

export interface Allowance {
  readonly path: string;
  readonly what: string;
  readonly why: string;
}

export const FILE_LINES_MAX = 500;
export const FUNCTION_LINES_MAX = 70;
export const LINE_COLUMNS_MAX = 120;

/** `cli` may do what the process at the edge must; tests and benches may do what no result depends on. */
type Room = 'library' | 'cli' | 'test' | 'bench';

interface Ban {
  readonly what: string;
  readonly rooms: readonly Room[];
  readonly mend: string;
}

const everywhere: readonly Room[] = ['library', 'cli', 'test', 'bench'];
const timeless: readonly Room[] = ['library', 'test'];
const library: readonly Room[] = ['library'];

const useClock = 'name CLOCK in needs and use deps.clock, which is virtual time';
const useScheduler = 'use an RxJS timer with clock.scheduler, which is virtual time';
const useCompare = 'compare with < and >, which no locale changes';
const useOutput = 'return the text, or put it on a stream; packages/cli prints';

/** Names whose use is a finding: `a.b` for a member of a global, `.b` for a member of anything, `b()` for a call. */
const names: Readonly<Record<string, Ban>> = {
  'Date.now': { what: 'Date.now', rooms: timeless, mend: useClock },
  'Date()': { what: 'Date()', rooms: timeless, mend: useClock },
  'new Date()': { what: 'new Date()', rooms: timeless, mend: useClock },
  'performance.now': { what: 'performance.now', rooms: timeless, mend: useClock },
  'Math.random': {
    what: 'Math.random',
    rooms: everywhere,
    mend: 'name RANDOM in needs and use deps.random',
  },
  'setTimeout()': { what: 'setTimeout', rooms: library, mend: useScheduler },
  'setInterval()': { what: 'setInterval', rooms: library, mend: useScheduler },
  'setImmediate()': { what: 'setImmediate', rooms: library, mend: useScheduler },
  '.localeCompare': { what: 'localeCompare', rooms: everywhere, mend: useCompare },
  '.toLocaleString': { what: 'toLocaleString', rooms: everywhere, mend: 'format the digits yourself' },
  'console.': { what: 'console.', rooms: library, mend: useOutput },
  'process.': {
    what: 'process.',
    rooms: library,
    mend: 'take the value as an argument; packages/cli reads it',
  },
};

const roomyNames = new Set(['utils.ts', 'util.ts', 'helpers.ts', 'types.ts', 'common.ts', 'misc.ts']);

/** Every finding in `text`, by line; `path` is relative to the repository, with forward slashes. */
export function tidy(path: string, text: string): Finding[] {
  if (path.endsWith('.generated.ts')) return [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const room = roomOf(path);
  const findings: Finding[] = [...layoutFindings(path, text)];
  const report = (node: ts.Node, what: string, mend: string): void => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    findings.push({ path, line, what, mend });
  };
  const visit = (node: ts.Node): void => {
    for (const name of namesUsedBy(node)) {
      const ban = names[name];
      if (ban?.rooms.includes(room)) report(node, `${ban.what} is banned`, ban.mend);
    }
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isCallExpression(node)) {
      for (const [what, mend] of moduleFindings(path, text, node)) report(node, what, mend);
    }
    for (const [what, mend] of shapeFindings(node)) report(node, what, mend);
    if (room !== 'test') for (const [what, mend] of lengthFindings(source, node)) report(node, what, mend);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return findings.sort((a, b) => a.line - b.line);
}

/** Findings that no allowance covers, and allowances that cover nothing. */
export function judge(findings: readonly Finding[], allowances: readonly Allowance[]): string[] {
  const covers = (allowance: Allowance, finding: Finding): boolean =>
    finding.path === allowance.path && finding.what.startsWith(allowance.what);
  const left = findings.filter((finding) => !allowances.some((allowance) => covers(allowance, finding)));
  const idle = allowances.filter((allowance) => !findings.some((finding) => covers(allowance, finding)));
  return [
    ...left.map(({ path, line, what, mend }) => `${path}:${line}: ${what}; ${mend}`),
    ...idle.map(
      ({ path, what }) => `tools/tidy.test.ts: ${path} no longer needs ${what}; drop the allowance`,
    ),
  ];
}

function roomOf(path: string): Room {
  if (path.endsWith('.bench.ts')) return 'bench';
  if (/\.(test|fuzz)\.ts$/.test(path) || /^packages\/[^/]+\/test\//.test(path)) return 'test';
  return path.startsWith('packages/cli/') ? 'cli' : 'library';
}

function* layoutFindings(path: string, text: string): Generator<Finding> {
  const lines = text.replace(/\n$/, '').split('\n');
  const fileName = path.slice(path.lastIndexOf('/') + 1);
  if (roomyNames.has(fileName)) {
    yield { path, line: 1, what: `the name ${fileName} is banned`, mend: 'name the file after its one idea' };
  }
  if (lines.length > FILE_LINES_MAX) {
    const what = `a file of ${lines.length} lines is banned (at most ${FILE_LINES_MAX})`;
    yield { path, line: FILE_LINES_MAX + 1, what, mend: 'one file, one idea: split it' };
  }
  for (const [index, line] of lines.entries()) {
    const at = { path, line: index + 1 };
    if (line.length > LINE_COLUMNS_MAX && !line.includes('https://')) {
      yield {
        ...at,
        what: `a line of ${line.length} columns is banned`,
        mend: `break it before ${LINE_COLUMNS_MAX}`,
      };
    }
    const silenced = /@ts-(?:ignore|nocheck)/.exec(line);
    if (silenced) yield { ...at, what: `${silenced[0]} is banned`, mend: 'give it the right type' };
  }
}

function namesUsedBy(node: ts.Node): string[] {
  if (ts.isPropertyAccessExpression(node)) {
    const member = node.name.text;
    if (!ts.isIdentifier(node.expression)) return [`.${member}`];
    const owner = node.expression.text;
    const viaGlobal = owner === 'globalThis' ? [`${member}.`, `${member}()`] : [];
    return [`.${member}`, `${owner}.${member}`, `${owner}.`, ...viaGlobal];
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) return [`${node.expression.text}()`];
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && !node.arguments?.length) {
    return [`new ${node.expression.text}()`];
  }
  return [];
}

type Said = readonly [what: string, mend: string];

function* moduleFindings(
  path: string,
  text: string,
  node: ts.ImportDeclaration | ts.ExportDeclaration | ts.CallExpression,
): Generator<Said> {
  const from = moduleOf(node);
  if (from === undefined || isTypeOnly(node)) return;
  const composes = path.startsWith('packages/core/src/composition/');
  if ((from === 'tsyringe' || from === 'reflect-metadata') && !composes) {
    yield [`${from} is banned here`, 'core/src/composition holds the container; types come by `import type`'];
  }
  if (/^rxjs(\/|$)/.test(from) && text.startsWith('// hot')) {
    yield ['rxjs is banned in a hot file', 'carry state changes in the control plane, not in the loop'];
  }
  if (/^(node:)?process$/.test(from) && roomOf(path) === 'library') {
    yield ['process. is banned', 'take the value as an argument; packages/cli reads it'];
  }
  if (/^(node:)?timers(\/|$)/.test(from) && roomOf(path) === 'library')
    yield ['timers are banned', useScheduler];
}

function moduleOf(node: ts.ImportDeclaration | ts.ExportDeclaration | ts.CallExpression): string | undefined {
  const isImportCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  if (ts.isCallExpression(node) && !isImportCall) return undefined;
  const specifier = ts.isCallExpression(node) ? node.arguments[0] : node.moduleSpecifier;
  return specifier && ts.isStringLiteralLike(specifier) ? specifier.text : undefined;
}

/** `import { type A }` still loads the module (verbatimModuleSyntax); only `import type` does not. */
function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration | ts.CallExpression): boolean {
  if (ts.isCallExpression(node)) return false;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function* shapeFindings(node: ts.Node): Generator<Said> {
  if (node.kind === ts.SyntaxKind.AnyKeyword)
    yield ['any is banned', 'say the type, or unknown and narrow it'];
  const isDefault =
    ts.isExportAssignment(node) ||
    (ts.isExportSpecifier(node) && node.name.text === 'default') ||
    (ts.canHaveModifiers(node) &&
      ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true);
  if (isDefault) yield ['a default export is banned', 'export it by its name'];
  if (isTopLevelArrow(node)) yield ['a const that holds an arrow is banned', 'declare a function'];
  if (ts.isExportDeclaration(node) && node.exportClause === undefined) {
    yield ['export * is banned', 'list the names: the public face is written by hand'];
  }
}

/** `const f = () => …` at the top of a file, where the variable has no type of its own to conform to. */
function isTopLevelArrow(node: ts.Node): boolean {
  if (!ts.isVariableStatement(node) || !ts.isSourceFile(node.parent)) return false;
  const [only] = node.declarationList.declarations;
  const isConst = (node.declarationList.flags & ts.NodeFlags.Const) !== 0;
  return (
    isConst &&
    only?.type === undefined &&
    only?.initializer !== undefined &&
    ts.isArrowFunction(only.initializer)
  );
}

function* lengthFindings(source: ts.SourceFile, node: ts.Node): Generator<Said> {
  if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return;
  const lineAt = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  const lines = lineAt(node.getEnd()) - lineAt(node.getStart(source)) + 1;
  if (lines <= FUNCTION_LINES_MAX) return;
  const name = node.name && ts.isIdentifier(node.name) ? node.name.text : 'a function';
  yield [
    `${name} has ${lines} lines, over ${FUNCTION_LINES_MAX} is banned`,
    'give its parts names of their own',
  ];
}
