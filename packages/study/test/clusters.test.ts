/** What batch systems are given is run here as they would run it, with a command that notes how it was called. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { Job } from 'kubernetes-models/batch/v1';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

import type { ClusterName, ClusterPlan } from '@overbook/study';
import { Study, clusterFiles, clusterPlan, kubernetesJob, readStudy } from '@overbook/study';

import { tinyStudy } from './tiny.ts';

const KEYS = Array.from({ length: 20 }, (_, i) => i.toString(16).padStart(64, '0'));

/** A name that a shell would take apart. */
const PLAN: ClusterPlan = {
  name: 'tiny.one',
  keys: KEYS,
  batches: 3,
  batchCells: 8,
  study: '../it\'s {a} "study"/$x.yaml',
  version: '1.2.3',
};

interface Made {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Words of each call, in the order of the calls. */
  readonly calls: () => readonly (readonly string[])[];
}

function made(cluster: ClusterName): Made {
  const folder = mkdtempSync(join(tmpdir(), 'overbook-cluster-'));
  for (const [name, content] of Object.entries(clusterFiles(cluster, PLAN))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const command = join(folder, 'overbook');
  const log = join(folder, 'calls');
  writeFileSync(log, '');
  // One write: jobs that run at a time must not mix their words.
  writeFileSync(command, `#!/bin/sh\nprintf '%s\\n' "$@" end >>'${log}'\n`);
  chmodSync(command, 0o755);
  const environment = { ...process.env, OVERBOOK: command, PATH: `${folder}:${process.env['PATH']}` };
  const calls = (): readonly (readonly string[])[] =>
    readFileSync(log, 'utf8')
      .split('end\n')
      .filter((call) => call !== '')
      .map((call) => call.trim().split('\n'));
  return { folder, environment, calls };
}

/** Every key is asked for once, by calls that name the study as it is. */
function expectAllCells({ calls }: Made): void {
  const words = ['cell', '--study', PLAN.study, '--into', '.', '--workers', '1'];
  const all = calls();
  expect(all).toHaveLength(PLAN.batches);
  for (const call of all) expect(call.slice(0, words.length)).toEqual(words);
  expect(all.flatMap((call) => call.slice(words.length)).sort((a, b) => (a < b ? -1 : 1))).toEqual(KEYS);
}

test('each task of the Slurm array makes its batch, all of them every cell once', () => {
  const cluster = made('slurm');
  const script = readFileSync(join(cluster.folder, 'run.sbatch'), 'utf8');
  expect(script).toContain('#SBATCH --array=0-2\n');
  for (let task = 0; task < PLAN.batches; task++) {
    const { status, stderr } = spawnSync('bash', ['run.sbatch'], {
      cwd: cluster.folder,
      env: { ...cluster.environment, SLURM_ARRAY_TASK_ID: String(task), SLURM_SUBMIT_DIR: cluster.folder },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }
  expectAllCells(cluster);
});

test('the Kubernetes Job fits the published schema, and its indexes make every cell once', () => {
  const cluster = made('kubernetes');
  const job = parse(readFileSync(join(cluster.folder, 'job.yaml'), 'utf8')) as Record<string, never>;
  expect(job).toEqual(kubernetesJob(PLAN));
  expect(() => new Job(job).validate()).not.toThrow();
  const { spec, metadata } = job as unknown as {
    metadata: { name: string };
    spec: { completions: number; template: { spec: { containers: { command: string[] }[] } } };
  };
  expect(metadata.name).toBe('tiny-one');
  const [shell, ...words] = spec.template.spec.containers[0]!.command;
  for (let index = 0; index < spec.completions; index++) {
    const environment = { ...cluster.environment, JOB_COMPLETION_INDEX: String(index) };
    expect(spawnSync(shell!, words, { cwd: cluster.folder, env: environment }).status).toBe(0);
  }
  expectAllCells(cluster);
});

test('a wrong Job does not fit the published schema', () => {
  const job = kubernetesJob(PLAN) as { spec: object };
  expect(() => new Job({ ...job, spec: { ...job.spec, completions: 'three' } } as never).validate()).toThrow(
    /completions/,
  );
});

const hasSnakemake = spawnSync('snakemake', ['--version']).status === 0;

test.skipIf(!hasSnakemake)('snakemake runs the Snakefile, if it is installed', { timeout: 60_000 }, () => {
  const cluster = made('snakemake');
  const words = ['--cores', '2', '--quiet', 'all'];
  const { status, stderr } = spawnSync('snakemake', words, {
    cwd: cluster.folder,
    env: cluster.environment,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  expectAllCells(cluster);
});

test('cells with one key are one cell of a batch, and a search has no batches', async () => {
  const vary = 'seeds: 2\nvary:\n  options.tps.pagesPerSecond: [1000, 20000]\n';
  const plan = clusterPlan(await Study.plan(readStudy(tinyStudy(vary))), 's.yaml', '1.2.3');
  // Two points, two seeds: four cells of tps, two of swap-only.
  expect(plan).toMatchObject({ batches: 1, batchCells: 8 });
  expect(new Set(plan.keys).size).toBe(6);
  expect(plan.keys).toHaveLength(6);
  const find = 'find: { least: host.memory, from: 40 %, to: 80 %, step: 10 %, hold: { workSlowdown: 2 } }\n';
  const search = await Study.plan(readStudy(tinyStudy(find)));
  expect(() => clusterPlan(search, 's.yaml', '1.2.3')).toThrow(/decides on its runs as it goes/);
});
