/** Turns what zod and the YAML parser find into problems with a place, a sentence and a mend. */
import { OverbookError } from '@overbook/core';
import type { Document, LineCounter } from 'yaml';
import { isMap, isPair, isScalar, isSeq } from 'yaml';
import type { z } from 'zod';

import { GUEST_KEYS } from './guest-keys.ts';
import { didYouMean, nearest } from './suggest.ts';

export type Path = readonly PropertyKey[];

/** One thing wrong with a scenario. */
export interface Problem {
  readonly path: Path;
  readonly what: string;
  readonly mend: string;
  /** True when the key itself is meant, not its value. */
  readonly key?: boolean;
  /** The known key that an unknown one is most like. */
  readonly nearest?: string | undefined;
  /** True when a key is missing. */
  readonly missing?: boolean;
}

/** All that is wrong with an input, at once; reads as its first problem. */
export class ProblemsError extends OverbookError {
  readonly problems: readonly OverbookError[];

  constructor(problems: readonly OverbookError[]) {
    const first = problems[0]!;
    super(first.code, first.at, first.what, first.mend);
    this.problems = problems;
  }
}

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? `text '${value}'` : `${typeof value} ${JSON.stringify(value)}`;
}

const NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a map',
  record: 'a map',
  string: 'text',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
};

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function leastOf({ inclusive, minimum }: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall>): string {
  return `${inclusive === true ? 'at least' : 'more than'} ${minimum}`;
}

/** Known keys of the object that refused one. */
function shapeOf(issue: RawIssue): readonly string[] {
  const definition = (issue.inst as { _zod?: { def?: { shape?: object } } } | undefined)?._zod?.def;
  return Object.keys(definition?.shape ?? {});
}

/** Known keys of the map that refused some, by the list of those refused: zod hands the list on, and not the map. */
const KNOWN_KEYS = new WeakMap<readonly string[], readonly string[]>();

/**
 * Zod's error map: two lines, what is wrong and the mend. What it says of a value is a predicate, as messages of
 * schemas are: `is too small`. The subject comes before it (isPredicate).
 */
export const explain: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'unrecognized_keys':
      KNOWN_KEYS.set(issue.keys, shapeOf(issue));
      return issue.keys.map((key) => didYouMean(key, shapeOf(issue), 'Known keys')).join('\n');
    case 'invalid_type':
      if (issue.input === undefined) return `is missing\nAdd it: ${NAMES[issue.expected] ?? issue.expected}.`;
      return `is ${kindOf(issue.input)}\nGive ${NAMES[issue.expected] ?? issue.expected}.`;
    case 'invalid_value':
      if (issue.input === undefined) return `is missing\nGive one of: ${issue.values.join(', ')}.`;
      return `is ${kindOf(issue.input)}\n${didYouMean(wordOf(issue.input), issue.values.map(String))}`;
    case 'too_small':
      return issue.origin === 'array' || issue.origin === 'string'
        ? `is empty\nGive at least ${issue.minimum}.`
        : `is ${String(issue.input)}, which is too small\nGive ${leastOf(issue)}.`;
    case 'too_big':
      return `is ${String(issue.input)}, which is too large\nGive at most ${issue.maximum}.`;
    case 'not_multiple_of':
      return `is not a multiple of ${issue.divisor}\nGive one.`;
    case 'invalid_format':
      return `is not text in the form of ${issue.format}\nCorrect it.`;
    default:
      return undefined;
  }
};

/** Problems of a failed parse, one for each key or value. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], at: Path = []): readonly Problem[] {
  const problems = issues.flatMap((issue) => toProblems(issue, at));
  // A key that is missing because it is misspelt is told once, as misspelt.
  const isMisspelt = ({ path, missing }: Problem): boolean =>
    missing === true &&
    problems.some(
      (other) =>
        other.nearest === path.at(-1) && other.path.slice(0, -1).join('\n') === path.slice(0, -1).join('\n'),
    );
  return problems.filter((problem) => !isMisspelt(problem));
}

function toProblems(issue: z.core.$ZodIssue, at: Path): readonly Problem[] {
  const path = [...at, ...issue.path];
  const lines = issue.message.split('\n');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key, i) => ({
      path: [...path, key],
      what: `unknown key '${key}'`,
      mend: lines[i] ?? 'Leave it out.',
      key: true,
      nearest: nearest(key, KNOWN_KEYS.get(issue.keys) ?? []),
    }));
  }
  if (issue.code === 'invalid_union') return branch(issue, path);
  if (issue.code === 'invalid_key')
    return problemsOf(issue.issues, path).map((one) => ({ ...one, key: true }));
  const subject = subjectOf(path);
  const what = lines[0]!;
  return [
    {
      path,
      what: isPredicate(issue) ? `${subject} ${what}` : what,
      mend: lines[1] ?? 'Correct it.',
      missing: isMissing(issue),
    },
  ];
}

/** Marks a refinement whose message says something of its value: `is too short`. Others are whole sentences. */
export const PREDICATE = { params: { predicate: true } } as const;

function isPredicate(issue: z.core.$ZodIssue): boolean {
  return issue.code !== 'custom' || issue.params?.['predicate'] === true;
}

/** True where nothing was given: the parse must report its input (`reportInput`). */
function isMissing(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_union')
    return issue.errors.every((issues) => issues.some((one) => one.path.length === 0 && isMissing(one)));
  const ofValue = issue.code === 'invalid_type' || issue.code === 'invalid_value';
  return ofValue && 'input' in issue && issue.input === undefined;
}

function subjectOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  return typeof last === 'number'
    ? `entry ${last + 1} of '${String(path.at(-2) ?? '')}'`
    : `'${String(last)}'`;
}

/** Of a union, the branch that the writer meant: the one whose own key is there, else the one that fits best. */
function branch(issue: z.core.$ZodIssueInvalidUnion, path: Path): readonly Problem[] {
  const lacksOwnKey = (issues: readonly z.core.$ZodIssue[]): boolean =>
    issues.some((one) => {
      const own = one.path.length === 1 && (GUEST_KEYS as readonly PropertyKey[]).includes(one.path[0]!);
      return own && isMissing(one);
    });
  const candidates = issue.errors.filter((issues) => !lacksOwnKey(issues));
  if (candidates.length === 0 && path.includes('guests')) {
    const what = `${subjectOf(path)} does not say what it runs`;
    return [{ path, what, mend: `Give one of: ${GUEST_KEYS.join(', ')}.` }];
  }
  // A wrong type of the whole value tells less than a problem inside it.
  const ranked = candidates.toSorted((a, b) => depth(b) - depth(a));
  return problemsOf(ranked[0] ?? [], path);
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(...issues.map((issue) => issue.path.length + (isOfOtherKind(issue) ? 0 : 1)));
}

/** A map where a word is wanted, or the reverse. */
function isOfOtherKind({ code, input }: z.core.$ZodIssue): boolean {
  return code === 'invalid_type' || (code === 'invalid_value' && typeof input === 'object' && input !== null);
}

/** Where a path in a YAML document is, in characters from its start. */
export function offsetIn(document: Document, path: Path, key = false): number {
  let offset = 0;
  let node: unknown = document.contents;
  for (const [depthHere, step] of path.entries()) {
    const isLast = depthHere === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!isPair(pair)) break;
      const keyOffset = startOf(pair.key, offset);
      node = pair.value;
      offset = isLast && !key ? startOf(node, keyOffset) : keyOffset;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (node === undefined) break;
      offset = startOf(node, offset);
    } else break;
  }
  return offset;
}

/** `file:line:column` of an offset. */
export function placeOf(file: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${line}:${col}`;
}

function startOf(node: unknown, otherwise: number): number {
  return (node as { range?: readonly number[] } | null)?.range?.[0] ?? otherwise;
}
