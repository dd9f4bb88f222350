/** The YAML text of one of our files: what it says as plain data, and where in it each value stands. */
import { readFileSync } from 'node:fs';

import type { OverbookErrorCode } from '@overbook/core';
import { OverbookError } from '@overbook/core';
import type { Document } from 'yaml';
import { LineCounter, parseDocument } from 'yaml';

import type { Path, Problem } from './problems.ts';
import { ProblemsError, offsetIn, placeOf } from './problems.ts';

/** What errors say of a file of some kind. */
export interface YamlKind {
  /** `a scenario`. */
  readonly what: string;
  readonly unreadable: OverbookErrorCode;
  readonly invalid: OverbookErrorCode;
}

export interface YamlText {
  readonly plain: unknown;
  /** `file:line:column` of a value, or of its key. */
  readonly place: (path: Path, key?: boolean) => string;
  /** Problems as one error, in the order of the file. */
  readonly refuse: (problems: readonly Problem[]) => ProblemsError;
}

/** Longest text that is read; such a file is a page or two. */
const MAX_TEXT = 1_000_000;

/** Most problems of one file that are told: whoever mends these sees the next. */
const PROBLEMS_MAX = 50;

/** Errors of YAML itself that are told: most of them follow from the first. */
const SYNTAX_MAX = 5;
/** Characters of one, which may quote the text. */
const SYNTAX_TEXT = 200;

/** The text of a file. @throws its kind's code for unreadable files */
export function readYamlFile(path: string, kind: YamlKind): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    const what = code === 'ENOENT' ? 'the file does not exist' : `cannot be read (${code ?? String(cause)})`;
    throw new OverbookError(kind.unreadable, path, what, `Give the path of ${kind.what} file.`, cause);
  }
}

/** @throws its kind's code for invalid files: ProblemsError with all errors of the syntax */
export function parseYaml(path: string, text: string, kind: YamlKind): YamlText {
  const wrong = (at: string, what: string, mend: string, cause?: unknown): OverbookError =>
    new OverbookError(kind.invalid, at, what, mend, cause);
  const tooDeep = (cause: unknown): OverbookError =>
    wrong(
      path,
      `is not ${kind.what}: lists and maps are nested too deeply`,
      'Use at most ten levels.',
      cause,
    );
  if (text.length > MAX_TEXT)
    throw wrong(
      path,
      `is not ${kind.what}: it has more than a million characters`,
      `Give ${kind.what} file.`,
    );
  const lines = new LineCounter();
  const document = orTooDeep(() => documentOf(text, lines), tooDeep);
  // The parser catches its own overflow and tells it as an error of the text.
  const overflow = document.errors.find(({ message }) => message.startsWith('Maximum call stack'));
  if (overflow !== undefined) throw tooDeep(overflow);
  if (document.errors.length > 0) {
    throw new ProblemsError(
      document.errors
        .slice(0, SYNTAX_MAX)
        .map(({ pos, message }) =>
          wrong(
            placeOf(path, lines, pos[0]),
            `not valid YAML: ${message.slice(0, SYNTAX_TEXT)}`,
            'Correct the YAML at this place.',
          ),
        ),
    );
  }
  const place = (at: Path, key?: boolean): string => placeOf(path, lines, offsetIn(document, at, key));
  return {
    plain: plainOf(document, path, wrong, tooDeep),
    place,
    refuse: (problems) =>
      new ProblemsError(
        problems
          .map((problem) => ({ ...problem, offset: offsetIn(document, problem.path, problem.key) }))
          .sort((a, b) => a.offset - b.offset)
          .slice(0, PROBLEMS_MAX)
          .map(({ offset, what, mend }) => wrong(placeOf(path, lines, offset), what, mend)),
      ),
  };
}

/** What a program wrote as JSON, which is YAML: places in it are looked for when they are asked for. */
export function madeYaml(path: string, text: string, kind: YamlKind): YamlText {
  let parsed: YamlText | undefined;
  const whole = (): YamlText => (parsed ??= parseYaml(path, text, kind));
  return {
    plain: JSON.parse(text) as unknown,
    place: (at, key) => whole().place(at, key),
    refuse: (problems) => whole().refuse(problems),
  };
}

function documentOf(text: string, lineCounter: LineCounter): Document {
  return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, merge: true });
}

function orTooDeep<T>(read: () => T, tooDeep: (cause: unknown) => OverbookError): T {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof RangeError ? tooDeep(cause) : cause;
  }
}

function plainOf(
  document: Document,
  path: string,
  wrong: (at: string, what: string, mend: string, cause: unknown) => OverbookError,
  tooDeep: (cause: unknown) => OverbookError,
): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (cause) {
    if (cause instanceof RangeError) throw tooDeep(cause);
    const what = `not valid YAML: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw wrong(path, what, 'Use fewer aliases.', cause);
  }
}
