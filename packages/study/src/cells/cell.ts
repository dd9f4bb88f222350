/** A cell: one run of a study as plain data, under a key made of all that its result depends on. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { codeHash, isPath, modulesInMixes, modulesListed, packageVersions } from '@overbook/lab';
import type { CellRequest, ScenarioFile } from '@overbook/lab';
import canonicalize from 'canonicalize';

import type { Point } from '../vary/points.ts';

/** Version of what a cell's result holds; part of every key. */
export const CELL_SCHEMA = 'overbook.cell/1';

export interface StudyCell {
  /** SHA-256 of everything that the result depends on: equal keys, equal results. */
  readonly key: string;
  /** Number of the point, from 0. */
  readonly point: number;
  readonly values: Point;
  readonly request: CellRequest;
  /** Plugins of its mix as the scenario names them, strategies first. */
  readonly plugins: readonly string[];
}

/** SHA-256 of the code that runs cells, with the versions of the packages that it uses. */
export function versionHash(): string {
  hashed ??= sha256(`${CELL_SCHEMA}\n${codeHash()}\n${canonical(packageVersions([]))}`);
  return hashed;
}

let hashed: string | undefined;

/**
 * Keys of the cells of one scenario. Names, descriptions, other mixes and the places of files count for nothing: what
 * is run, on what, by which code does.
 */
export class PointKeys {
  readonly #mixes: ScenarioFile['scenario']['mixes'];
  readonly #point: string;

  /** @param datasets SHA-256 by name */
  constructor(file: ScenarioFile, datasets: Readonly<Record<string, string>>) {
    const {
      name: _name,
      description: _description,
      notes: _notes,
      seeds: _seeds,
      ...settings
    } = file.scenario;
    const { datasets: _folder, plugins: _plugins, $schema: _schema, mixes, ...described } = settings;
    const modules = [...modulesListed(file), ...modulesInMixes(file)];
    const code = modules.map(({ specifier, folder }) =>
      isPath(specifier) ? sha256(readFileSync(resolve(folder, specifier))) : specifier,
    );
    const packages = modules.filter(({ specifier }) => !isPath(specifier));
    const versions = packages.length === 0 ? {} : packageVersions(packages);
    this.#mixes = mixes;
    this.#point = sha256(canonical({ code: [versionHash(), ...code], versions, datasets, described }));
  }

  keyOf(mix: string, seed: number): string {
    return sha256(canonical({ point: this.#point, mix, plugins: this.#mixes[mix], seed }));
  }
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** JSON with its keys in order (RFC 8785): equal data, equal text. */
export function canonical(value: unknown): string {
  // Undefined has no place in JSON: properties that have it are left out first.
  return canonicalize(JSON.parse(JSON.stringify(value)))!;
}
