/** A Slurm array job: one task for each batch of cells. */
import type { ClusterPlan } from './cluster-plan.ts';
import { KEYS, MINUTES_A_CELL } from './cluster-plan.ts';

export const SLURM_SCRIPT = 'run.sbatch';

export function slurmFiles({
  name,
  batches,
  batchCells,
  study,
  version,
}: ClusterPlan): Readonly<Record<string, string>> {
  return {
    [SLURM_SCRIPT]: `#!/bin/bash
# Study ${name}: made by overbook ${version}. Submit it from this folder: sbatch ${SLURM_SCRIPT}
#SBATCH --job-name=${name}
#SBATCH --array=0-${batches - 1}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=4G
#SBATCH --time=${batchCells * MINUTES_A_CELL + 5}
#SBATCH --output=logs/%A_%a.log
set -euo pipefail
cd "\${SLURM_SUBMIT_DIR:-$(dirname "$0")}"
first=$((SLURM_ARRAY_TASK_ID * ${batchCells} + 1))
last=$((first + ${batchCells} - 1))
# Cells whose results are there are not run again, so a task may be submitted as often as it takes.
exec \${OVERBOOK:-overbook} cell --study '${quoted(study)}' --into . --workers 1 $(sed -n "\${first},\${last}p" ${KEYS})
`,
    'logs/.keep': '',
  };
}

/** Within single quotes of a shell. */
export function quoted(text: string): string {
  return text.replaceAll("'", "'\\''");
}
