/** The files that make a batch system run a study, with a README that says how. */
import type { ClusterName, ClusterPlan } from './cluster-plan.ts';
import { KEYS } from './cluster-plan.ts';
import { KUBERNETES_MANIFEST, kubernetesFiles } from './kubernetes.ts';
import { SLURM_SCRIPT, quoted, slurmFiles } from './slurm.ts';
import { snakemakeFiles } from './snakemake.ts';

const FILES: Readonly<Record<ClusterName, (plan: ClusterPlan) => Readonly<Record<string, string>>>> = {
  slurm: slurmFiles,
  kubernetes: kubernetesFiles,
  snakemake: snakemakeFiles,
};

/** Contents by name, relative to the folder of the study. */
export function clusterFiles(cluster: ClusterName, plan: ClusterPlan): Readonly<Record<string, string>> {
  return {
    [KEYS]: plan.keys.map((key) => `${key}\n`).join(''),
    'README.md': readme(cluster, plan),
    ...FILES[cluster](plan),
  };
}

const START: Readonly<Record<ClusterName, string>> = {
  slurm: `\`\`\`sh
sbatch ${SLURM_SCRIPT}
\`\`\`

Every node must see this folder, the study, its scenario and its datasets under the same paths,
and have \`overbook\` on its path (or in the environment \`OVERBOOK\`, the command that starts it).
Partition, account and limits of your site go into the \`#SBATCH\` lines. A task that was killed is
submitted again: \`sbatch --array=17 ${SLURM_SCRIPT}\`.`,
  kubernetes: `\`\`\`sh
docker build -t overbook:VERSION . # and push it where the cluster finds it
kubectl apply -f ${KUBERNETES_MANIFEST}
\`\`\`

\`image\` in ${KUBERNETES_MANIFEST} names the image. The claim \`overbook-study\` is a volume that all pods
may write (ReadWriteMany), with this folder on it under the name of the job, and the study, its
scenario and its datasets at the same places relative to it. Each index has retries of its own with
Kubernetes' back-off; exit code 2 (wrong input) ends the job, 1 (a run that fails by a plugin's
fault) its index; evictions do not count. Needs Kubernetes 1.33, or 1.29 to 1.32 with
JobBackoffLimitPerIndex, a beta there.`,
  snakemake: `\`\`\`sh
snakemake --cores all
\`\`\`

\`overbook\` is on the path, or \`OVERBOOK\` in the environment is the command that starts it. With a
profile of your site, the same file runs on its batch system. A batch whose file in \`done/\` is
there is not run again: remove it to have its missing cells run.`,
};

const TITLES: Readonly<Record<ClusterName, string>> = {
  slurm: 'Slurm',
  kubernetes: 'Kubernetes',
  snakemake: 'Snakemake',
};

function readme(cluster: ClusterName, plan: ClusterPlan): string {
  const { name, keys, batches, batchCells, study, version } = plan;
  return `# Study ${name} on ${TITLES[cluster]}

${keys.length} cells in ${batches} batches of ${batchCells}, made by overbook ${version}.
Results go to \`cells/\`, one file for each cell, written whole; what is there is not run again, so
every step may be repeated.

${START[cluster].replaceAll('VERSION', version)}

When all is done, or at any time before, this writes the tables and runs what is still missing on
this machine:

\`\`\`sh
overbook study '${quoted(study)}' --out .
\`\`\`
`;
}
