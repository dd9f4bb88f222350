/** What a batch system is given: the cells of a study in batches, and where everything lies. */
import { OverbookError } from '@overbook/core';

import { allCells } from '../run-study.ts';
import type { Study } from '../study.ts';

export const CLUSTERS = ['slurm', 'kubernetes', 'snakemake'] as const;
export type ClusterName = (typeof CLUSTERS)[number];

/** Keys of all cells, a line each, in the order of the study. */
export const KEYS = 'keys.txt';

export interface ClusterPlan {
  readonly name: string;
  /** Each key once. */
  readonly keys: readonly string[];
  readonly batches: number;
  /** Cells of a batch; the last may have fewer. */
  readonly batchCells: number;
  /** The study file, relative to the folder. */
  readonly study: string;
  /** Version of Overbook that planned it. */
  readonly version: string;
}

/** Slurm's default for MaxArraySize is 1001; Kubernetes takes 100,000 indexes. */
const BATCHES_MAX = 1000;
/** Fewer are not worth the start of a process. Chosen: reading the guests takes as long as a cell or two. */
const BATCH_CELLS_MIN = 8;

/** Minutes that a batch system is asked for, for each cell. Chosen: ten times what shipped guests take. */
export const MINUTES_A_CELL = 1;

/**
 * @param study the planned study @param file of the study, relative to the folder @param version of Overbook
 * @throws OVB_STUDY_INVALID for a search, which decides on its runs as it goes
 */
export function clusterPlan(study: Study, file: string, version: string): ClusterPlan {
  const { name, find } = study.file.settings;
  if (find !== undefined) {
    throw new OverbookError(
      'OVB_STUDY_INVALID',
      study.file.place(['find'], true),
      'a search decides on its runs as it goes: no list of them can be written',
      'Run it here or over a queue, or replace `find` by values under `vary`.',
    );
  }
  const keys = [...new Set([...allCells(study)].map(({ key }) => key))];
  const batchCells = Math.max(BATCH_CELLS_MIN, Math.ceil(keys.length / BATCHES_MAX));
  return { name, keys, batches: Math.ceil(keys.length / batchCells), batchCells, study: file, version };
}
