/** `overbook artifact`: a study that has run, packed so that others can run it again. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Study, StudyFolder, makeArtifact, readStudy } from '@overbook/study';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { ownName } from '../process/own-name.ts';

export interface ArtifactOptions {
  readonly from?: string;
  readonly out?: string;
  readonly title?: string;
  readonly author?: readonly string[];
}

/** Of a clone: what it was built with. A package from a registry has none. */
const LOCK_FILE = fileURLToPath(new URL('../../../../package-lock.json', import.meta.url));
const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url));
const LICENSE = fileURLToPath(new URL('../../LICENSE', import.meta.url));

export async function artifact(io: Io, path: string, options: ArtifactOptions): Promise<number> {
  const study = await Study.plan(readStudy(path), { anySize: true });
  const { name } = study.file.settings;
  const { folder } = StudyFolder.look(options.from ?? `${name}.study`, ownName());
  const out = options.out ?? `${name}.artifact`;
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  const texts = {
    LICENSE: readFileSync(LICENSE, 'utf8'),
    ...(existsSync(LOCK_FILE) ? { 'package-lock.json': readFileSync(LOCK_FILE, 'utf8') } : {}),
  };
  makeArtifact(study, folder, out, {
    ...(options.title === undefined ? {} : { title: options.title }),
    authors: options.author ?? ['The authors of this study'],
    version,
    node: process.version,
    texts,
  });
  io.out(`wrote ${out}: \`./run-all\` there runs it and compares its rows with those expected\n`);
  if (options.author === undefined)
    io.note('CITATION.cff and .zenodo.json want authors: --author "Family, Given"\n');
  return EXIT.fine;
}
