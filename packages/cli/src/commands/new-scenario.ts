/** `overbook new scenario`: a commented scenario that runs, to change into one's own. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

import { OverbookError } from '@overbook/core';
import { writeWhole } from '@overbook/lab';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';

const TEMPLATE = new URL('../../templates/scenario/scenario.yaml', import.meta.url);

/** Writes NAME.yaml. @throws OVB_NAME_INVALID, OVB_FOLDER_TAKEN, OVB_OUT_UNWRITABLE */
export function newScenario(io: Io, name: string, options: { readonly out?: string }): number {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) {
    throw new OverbookError(
      'OVB_NAME_INVALID',
      name,
      'is no name for a scenario',
      'Use lowercase letters, digits, `-`, `_` and `.`, as in `web-servers`.',
    );
  }
  const path = options.out ?? `${name}.yaml`;
  if (existsSync(path))
    throw new OverbookError(
      'OVB_FOLDER_TAKEN',
      path,
      'exists already',
      'Choose another name, or another file with --out.',
    );
  const text = readFileSync(TEMPLATE, 'utf8')
    .replaceAll('NAME.yaml', basename(path))
    .replace('name: NAME', `name: ${name}`);
  writeWhole(path, (temporary) => writeFileSync(temporary, text));
  io.out(
    `made ${path}: two recorded guests and three mixes, every part explained\nnext:  ${io.self} compare ${path}\n`,
  );
  return EXIT.fine;
}
