/** A Kubernetes Indexed Job: one index for each batch of cells, on a volume that all pods see. */
import { stringify } from 'yaml';

import type { ClusterPlan } from './cluster-plan.ts';
import { KEYS, MINUTES_A_CELL } from './cluster-plan.ts';
import { quoted } from './slurm.ts';

export const KUBERNETES_MANIFEST = 'job.yaml';

/** Exit codes of \`overbook\`: 1, a run failed by a plugin's fault; 2, the input is wrong. */
const RUN_FAILED = 1;
const INPUT_WRONG = 2;

/** The manifest as data: batch/v1 Job. */
export function kubernetesJob({ name, batches, batchCells, study, version }: ClusterPlan): object {
  const command = [
    'set -eu',
    `first=$((JOB_COMPLETION_INDEX * ${batchCells} + 1))`,
    `last=$((first + ${batchCells} - 1))`,
    `exec overbook cell --study '${quoted(study)}' --into . --workers 1 $(sed -n "\${first},\${last}p" ${KEYS})`,
  ];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: labelOf(name) },
    spec: {
      completionMode: 'Indexed',
      completions: batches,
      parallelism: Math.min(batches, 50),
      // An index has retries of its own: one that is out of luck does not end the others.
      backoffLimitPerIndex: 4,
      maxFailedIndexes: batches,
      activeDeadlineSeconds: 60 * (batches * batchCells * MINUTES_A_CELL + 60),
      podFailurePolicy: {
        rules: [
          // A lost node or an eviction is no fault of the cell.
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          // Wrong input is wrong for every index.
          {
            action: 'FailJob',
            onExitCodes: { containerName: 'overbook', operator: 'In', values: [INPUT_WRONG] },
          },
          // The same cell with the same plugin fails again.
          {
            action: 'FailIndex',
            onExitCodes: { containerName: 'overbook', operator: 'In', values: [RUN_FAILED] },
          },
        ],
      },
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [
            {
              name: 'overbook',
              image: `overbook:${version}`,
              command: ['/bin/sh', '-c', `${command.join('\n')}\n`],
              workingDir: `/study/${labelOf(name)}`,
              resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '4Gi' } },
              volumeMounts: [{ name: 'study', mountPath: '/study' }],
            },
          ],
          volumes: [{ name: 'study', persistentVolumeClaim: { claimName: 'overbook-study' } }],
        },
      },
    },
  };
}

export function kubernetesFiles(plan: ClusterPlan): Readonly<Record<string, string>> {
  const head = `# Study ${plan.name}: made by overbook ${plan.version}. See README.md for the image and the volume.\n`;
  return {
    [KUBERNETES_MANIFEST]: `${head}${stringify(kubernetesJob(plan), { lineWidth: 0 })}`,
    Dockerfile: `FROM node:22-slim
RUN npm install --global @overbook/cli@${plan.version}
`,
  };
}

/** Names of objects: lowercase letters, digits and dashes, at most 63 (RFC 1123). */
function labelOf(name: string): string {
  return name.replaceAll(/[._]/g, '-').slice(0, 52).replace(/-+$/, '');
}
