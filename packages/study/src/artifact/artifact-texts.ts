/** The texts of an artifact: how it is run, cited and deposited. */
import { stringify } from 'yaml';

/** What a reader is told of an artifact beside its study. */
export interface ArtifactAbout {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** `Family, Given`. */
  readonly authors: readonly string[];
  /** Version of Overbook. */
  readonly version: string;
  readonly node: string;
  readonly cells: number;
  readonly rows: number;
  /** Seconds of one core that the runs took where it was made; unknown where no run was timed. */
  readonly coreSeconds: number | undefined;
  /** Bytes of the inputs and of the results. */
  readonly inputBytes: number;
  readonly resultBytes: number;
}

export const RUN_ALL = `#!/bin/sh
# Runs the study anew into results/ and says whether its rows are those of expected/, and what differs otherwise.
set -eu
cd "$(dirname "$0")"
sha256sum --check --quiet SHA256SUMS
\${OVERBOOK:-npx overbook} study inputs/study.yaml --out results
\${OVERBOOK:-npx overbook} artifact check .
`;

export const FIGURES = `#!/bin/sh
# Draws the figures from results/ (after run-all) into figures/report.html.
set -eu
cd "$(dirname "$0")"
mkdir -p figures
\${OVERBOOK:-npx overbook} study inputs/study.yaml --out results --report figures/report.html
`;

export function artifactReadme(about: ArtifactAbout): string {
  const { title, description, version, node, cells, rows, inputBytes, resultBytes } = about;
  return `# ${title}

${description === '' ? '' : `${description.trim()}\n\n`}An artifact of Overbook ${version}:
a study with all its inputs, and the rows that it came to.

\`\`\`sh
./run-all # runs all ${cells} runs anew and compares their rows with expected/
./figures # draws the figures
\`\`\`

\`overbook\` ${version} must be there (\`npm install @overbook/cli@${version}\` in this folder), or \`OVERBOOK\` in the
environment is the command that starts it, as \`OVERBOOK="node /path/of/a/clone/packages/cli/bin/overbook.mjs"\`.
The expected rows were made with Node.js ${node}. With the same version of Overbook every byte is the same on
any machine; with another one \`tolerances.json\` says how far a figure may be away.

| what | where |
| --- | --- |
| the study, its scenario, datasets and plugins | \`inputs/\`; their SHA-256 in \`SHA256SUMS\` |
| ${rows} expected rows, their summary, and what they were made with | \`expected/\` |
| how far figures of another version may be away | \`tolerances.json\` |
| packages by version and hash, where it was made | \`package-lock.json\`, if it is there |

Measured where it was made: ${timeText(about)}; ${megabytes(inputBytes)} of inputs, ${megabytes(resultBytes)} of
results.
`;
}

function timeText({ coreSeconds }: ArtifactAbout): string {
  if (coreSeconds === undefined) return 'no run was timed';
  const minutes = coreSeconds / 60;
  return minutes < 2
    ? `${Math.ceil(coreSeconds)} s of one core`
    : `${Math.round(minutes)} minutes of one core`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** CITATION.cff 1.2.0. */
export function citation({ title, authors, version, description }: ArtifactAbout): string {
  return stringify({
    'cff-version': '1.2.0',
    message: 'If you use this artifact, please cite it as below.',
    type: 'dataset',
    title,
    ...(description === '' ? {} : { abstract: description.trim() }),
    authors: authors.map(personOf),
    license: 'Apache-2.0',
    keywords: ['memory overcommitment', 'virtualisation', 'reproducibility'],
    references: [
      { type: 'software', title: 'Overbook', version, authors: [{ name: 'The Overbook authors' }] },
    ],
  });
}

function personOf(author: string): Readonly<Record<string, string>> {
  const [family, given] = author.split(/,\s*/);
  return given === undefined ? { name: author } : { 'family-names': family!, 'given-names': given };
}

/** Metadata of a deposit in Zenodo (.zenodo.json). */
export function zenodo({ title, description, authors, version }: ArtifactAbout): string {
  const data = {
    title,
    upload_type: 'dataset',
    description: description === '' ? title : description.trim(),
    creators: authors.map((name) => ({ name })),
    license: 'apache-2.0',
    keywords: ['memory overcommitment', 'virtualisation', 'reproducibility'],
    notes: `Made by Overbook ${version}.`,
  };
  return `${JSON.stringify(data, undefined, 2)}\n`;
}
