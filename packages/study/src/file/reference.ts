/** The reference of study files, made from their schema: docs/studies.md is this, written down. */
import type { SchemaNode } from '@overbook/lab';
import { section } from '@overbook/lab';
import { z } from 'zod';

import { studySchema } from './schema.ts';

/** What a study file may say, as JSON Schema 2020-12. */
export function studyJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(studySchema, { io: 'input' });
}

const HEAD = `# Study files

A study asks more than a comparison: a [scenario](scenarios.md) over everything that varies, for curves, or
a search for the most or the least at which a stated pain holds. This page is made from the schema
(\`packages/study/src/file/schema.ts\`), and so is \`docs/study.schema.json\`, for editors.

\`\`\`yaml
name: host-size
scenario: ../quickstart.yaml
seeds: 3
vary:
  host.memory: { from: 30 % of guests, to: 60 % of guests, steps: 7 }
\`\`\`

\`overbook study FILE\` runs it. \`--dry-run\` tells how long that takes, from a run of each mix, which are
kept. Stop it as you like: the same command goes on where it was, and ends with the bytes of a study that
was not stopped. Change the study or the scenario, and what is the same is not run again. \`overbook study
status FOLDER --watch\` shows how far it is, from any terminal.

## The folder of a study

| file | what it holds |
| --- | --- |
| \`study.json\` | what is needed to run it again: both texts, hashes of datasets and code, versions |
| \`cells/\` | the result of each run, under the SHA-256 of all that it depends on |
| \`runs.jsonl\`, \`runs.parquet\` | a row a run; while a study runs, \`runs.jsonl\` has those that ended, as they end |
| \`guests.parquet\` | a row for each guest of each run |
| \`summary.json\` | means and intervals over seeds, who slowed the guests least, answers of a search |
| \`runs.csv\`, \`guests.csv\` | with \`--csv\` |
| \`timings.jsonl\`, \`progress.json\` | how long runs took, how far it is: no result depends on them |

Columns have their units in their names; DuckDB and pandas read the files as they are: \`duckdb -c "select mix,
avg(work_slowdown_ratio) from 'host-size.study/runs.parquet' group by mix"\`.

## The report

\`--report FILE\` writes what the study came to as one HTML file to mail around: no network and no script, for light
and dark screens and for phones. It has curves over what varies with the 95 % intervals over seeds, bounds and
knees (by [Kneedle](https://doi.org/10.1109/ICDCSW.2011.20)), pain over memory given back, who is least where, the
answers of a search, all figures, and what is needed to run the study again; each drawing can be saved as SVG.
\`overbook compare --report FILE\` writes one of a comparison.

![The report of host-size: the slow-down of each mix over the size of the host](images/host-size-report.png)

## Searches

\`find\` looks for the most (\`guests.redis.count\`) or the least (\`host.memory\`) at which every limit under
\`hold\` holds and every guest does all its work: by bisection, for each mix at each point of \`vary\`. It takes
for granted that pain grows from one end to the other. At each value seeds are run in threes, and no more than
it takes to be sure; the more often a value may be looked at, the wider its intervals, so that an early end is
no luckier than a late one. \`between\` are the answers that the intervals leave.

## On other machines

Over a queue: \`overbook worker redis://HOST:PORT --concurrency 4\` on each machine, then \`overbook study
FILE --engine redis://HOST:PORT\` on one. Redis and Valkey will do; \`rediss://\` is with TLS; name and
password come from the address or from \`OVERBOOK_REDIS_USERNAME\` and \`OVERBOOK_REDIS_PASSWORD\`, and are
never printed. Killed workers and a restarted server lose nothing; what a worker lacks of the datasets is
sent to it by hash.

\`--engine slurm\`, \`kubernetes\` or \`snakemake\` with \`-o FOLDER\` writes what those run, with a README
that says how. \`overbook cell\` makes single runs by their keys, which \`overbook study FILE --cells\`
lists.

## For others to run

\`overbook artifact FILE --from FOLDER -o ARTIFACT\` packs a study that has run: inputs by hash, expected
rows with tolerances, \`run-all\` and \`figures\`, a licence, CITATION.cff and Zenodo metadata.
\`./run-all\` there runs it again and says whether every byte is as expected, and what differs otherwise.
`;

/** The page, in Markdown. */
export function studyReference(): string {
  const root = studyJsonSchema() as SchemaNode;
  const { vary, find } = root.properties ?? {};
  const sections = [HEAD, section('Top level', root)];
  const span = nodesOf(vary?.additionalProperties).find(({ title }) => title === 'A range');
  if (span !== undefined) sections.push(section('`vary`: a range', span));
  if (find !== undefined) sections.push(section('`find`', find));
  const hold = find?.properties?.['hold'];
  if (hold !== undefined) sections.push(section('`find.hold`', hold));
  return sections.join('\n');
}

function nodesOf(node: SchemaNode['additionalProperties']): readonly SchemaNode[] {
  return typeof node === 'object' ? (node.anyOf ?? []) : [];
}
