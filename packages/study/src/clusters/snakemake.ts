/** A Snakefile: one job for each batch of cells. */
import type { ClusterPlan } from './cluster-plan.ts';
import { KEYS, MINUTES_A_CELL } from './cluster-plan.ts';
import { quoted } from './slurm.ts';

const SNAKEFILE = 'Snakefile';

export function snakemakeFiles({
  name,
  batches,
  batchCells,
  study,
  version,
}: ClusterPlan): Readonly<Record<string, string>> {
  return {
    [SNAKEFILE]: `# Study ${name}: made by overbook ${version}. Run it in this folder: snakemake --cores all
import os

OVERBOOK = os.environ.get("OVERBOOK", "overbook")
BATCHES = range(${batches})


rule all:
    input:
        expand("done/{batch}", batch=BATCHES),


# Cells whose results are there are not run again, so a batch may be run as often as it takes.
rule batch:
    output:
        touch("done/{batch}"),
    params:
        first=lambda wildcards: int(wildcards.batch) * ${batchCells} + 1,
        last=lambda wildcards: (int(wildcards.batch) + 1) * ${batchCells},
    threads: 1
    resources:
        mem_mb=4096,
        runtime=${batchCells * MINUTES_A_CELL + 5},
    shell:
        "{OVERBOOK} cell --study ${python(`'${quoted(study)}'`)} --into . --workers 1 "
        "$(sed -n '{params.first},{params.last}p' ${KEYS})"
`,
  };
}

/** Within double quotes of Python, where braces are Snakemake's. */
function python(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('{', '{{').replaceAll('}', '}}');
}
