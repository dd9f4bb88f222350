/**
 * Packs a study that has run into a folder that reproduces it: inputs in one place with paths of their own, expected
 * rows, and the texts that go with them. Keys of cells do not depend on where files lie, so what runs from there is
 * the same study.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, resolve } from 'node:path';

import { OverbookError } from '@overbook/core';
import { isPath, modulesInMixes, modulesListed } from '@overbook/lab';
import { writeFiles } from '@overbook/lab/files';
import { parseDocument } from 'yaml';

import { sha256 } from '../cells/cell.ts';
import type { StudyFolder } from '../folder/study-folder.ts';
import { RECORD, RUNS_LINES } from '../folder/study-folder.ts';
import { SUMMARY } from '../run-study.ts';
import type { Study } from '../study.ts';
import type { ArtifactAbout } from './artifact-texts.ts';
import { FIGURES, RUN_ALL, artifactReadme, citation, zenodo } from './artifact-texts.ts';
import { TOLERANCES } from './check-artifact.ts';

/** What only the program that makes an artifact can tell of it. */
export interface ArtifactBy {
  readonly title?: string;
  readonly authors: readonly string[];
  readonly version: string;
  readonly node: string;
  /** Texts that are put beside it as they are, by name: licence, lock file. */
  readonly texts: Readonly<Record<string, string>>;
}

const INPUTS = 'inputs';
const EXPECTED = 'expected';

/**
 * @param folder of the study's results, complete @param out folder that is empty or not there
 * @returns names of the files @throws OVB_STUDY_OTHER, OVB_STUDY_INVALID, OVB_OUT_UNWRITABLE
 */
export function makeArtifact(
  study: Study,
  folder: StudyFolder,
  out: string,
  by: ArtifactBy,
): readonly string[] {
  checkComplete(folder);
  if (existsSync(out) && readdirSync(out).length > 0)
    throw new OverbookError('OVB_STUDY_OTHER', out, 'is not empty', 'Give another folder with `-o FOLDER`.');
  const inputs = inputsOf(study);
  const expected = [RECORD, RUNS_LINES, SUMMARY].map(
    (name) => [`${EXPECTED}/${name}`, folder.file(name)] as const,
  );
  const texts = textsOf(study, by);
  const copied = [...inputs, ...expected];
  mkdirSync(out, { recursive: true });
  for (const [name, path] of copied) {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    copyFileSync(path, join(out, name));
  }
  mkdirSync(join(out, INPUTS), { recursive: true });
  const written: Readonly<Record<string, string>> = { ...texts, ...about(study, folder, copied, by) };
  writeFiles(out, written);
  const sums = [...copied.map(([name]) => name), ...Object.keys(texts)].sort();
  writeFiles(out, {
    SHA256SUMS: sums.map((name) => `${sha256(readFileSync(join(out, name)))}  ${name}\n`).join(''),
  });
  writeFiles(out, { 'run-all': RUN_ALL, figures: FIGURES });
  for (const name of ['run-all', 'figures']) chmodSync(join(out, name), 0o755);
  return readdirSync(out);
}

/** @throws OVB_STUDY_OTHER */
function checkComplete(folder: StudyFolder): void {
  const missing = [RECORD, RUNS_LINES, SUMMARY].find((name) => !existsSync(folder.file(name)));
  if (missing === undefined) return;
  const what = `has no ${missing}: the study has not run to its end there`;
  throw new OverbookError(
    'OVB_STUDY_OTHER',
    folder.path,
    what,
    'Run it with `overbook study FILE -o FOLDER`.',
  );
}

/** Datasets and local plugins: names in the artifact, and where they are. @throws OVB_STUDY_INVALID */
function inputsOf(study: Study): readonly (readonly [name: string, path: string])[] {
  const { scenario } = study.file;
  const datasets = [...study.datasetPaths()].map(([file, path]) => {
    if (isAbsolute(file) || normalize(file).startsWith('..')) throw outside(scenario.path, `dataset ${file}`);
    return [`${INPUTS}/datasets/${file}`, path] as const;
  });
  const modules = [...modulesListed(scenario), ...modulesInMixes(scenario)].flatMap(
    ({ specifier, folder }) => {
      if (!isPath(specifier)) return [];
      if (isAbsolute(specifier) || normalize(specifier).startsWith('..'))
        throw outside(scenario.path, `plugin ${specifier}`);
      return [[`${INPUTS}/${normalize(specifier)}`, resolve(folder, specifier)] as const];
    },
  );
  return [...datasets, ...modules];
}

function outside(path: string, what: string): OverbookError {
  return new OverbookError(
    'OVB_STUDY_INVALID',
    path,
    `${what} lies outside the folder that names are relative to`,
    'Name it by a path below that folder: an artifact keeps such paths.',
  );
}

/** The study and its scenario as they lie beside each other in the artifact. */
function textsOf({ file }: Study, { texts }: ArtifactBy): Readonly<Record<string, string>> {
  const study = parseDocument(file.text);
  study.setIn(['scenario'], 'scenario.yaml');
  const scenario = parseDocument(file.scenario.text);
  scenario.setIn(['datasets'], 'datasets');
  return {
    [`${INPUTS}/study.yaml`]: study.toString({ lineWidth: 0 }),
    [`${INPUTS}/scenario.yaml`]: scenario.toString({ lineWidth: 0 }),
    'tolerances.json': `${JSON.stringify(TOLERANCES, undefined, 2)}\n`,
    ...texts,
  };
}

function about(
  { file, cells }: Study,
  folder: StudyFolder,
  copied: readonly (readonly [name: string, path: string])[],
  { title, authors, version, node }: ArtifactBy,
): Readonly<Record<string, string>> {
  const timings = folder.timings();
  const bytesOf = (prefix: string): number =>
    copied.reduce((sum, [name, path]) => sum + (name.startsWith(prefix) ? statSync(path).size : 0), 0);
  const texts: ArtifactAbout = {
    name: file.settings.name,
    title: title ?? `Study ${file.settings.name}`,
    description: file.settings.description ?? '',
    authors,
    version,
    node,
    cells,
    rows: readFileSync(folder.file(RUNS_LINES), 'utf8').split('\n').length - 1,
    coreSeconds: timings.length === 0 ? undefined : timings.reduce((sum, { ms }) => sum + ms, 0) / 1000,
    inputBytes: bytesOf(INPUTS),
    resultBytes: bytesOf(EXPECTED),
  };
  return {
    'README.md': artifactReadme(texts),
    'CITATION.cff': citation(texts),
    '.zenodo.json': zenodo(texts),
  };
}
