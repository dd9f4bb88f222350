/** The reference of scenario files, made from their schema: docs/scenarios.md is this, written down. */
import type { SchemaNode } from '../plugins/option-rows.ts';
import { scenarioJsonSchema } from './json-schema.ts';
import { section } from './schema-page.ts';

const HEAD = `# Scenario files

A scenario says what to compare: one host, the guests on it, and the mixes of strategies to try on them. It is
a YAML file; \`overbook validate FILE\` lists everything that is wrong with it, by line and column. This page is made
from the schema (\`packages/lab/src/scenario/schema.ts\`), and so is \`docs/scenario.schema.json\`: with the line
\`# yaml-language-server: $schema=../docs/scenario.schema.json\` at the top, editors complete and check while you type.

- Sizes are a number and a unit: \`512 MiB\` (KiB, MiB, GiB, TiB, pages). So are times: \`15 s\` (ms, s, min, h).
- Paths of datasets are relative to \`datasets\`; that, and paths of plugins, to the scenario file. What
  ships with the project can be named from anywhere, \`recording: redis\`; \`overbook datasets\` lists the names.
- Keys that are not listed here are refused.
- A strategy in a mix is an id (\`tps\`), a module (\`./patch.ts\`, \`@someone/strategy\`), or a map of one of these to
  options: \`tps: { salting: 0 }\`. \`overbook strategies\` lists the ids and what techniques are called
  elsewhere (KSM is \`tps: { mode: ksm }\`), \`overbook strategies show ID\` the options.
- Each mix runs once for each host size and seed; the others are compared with the first mix.
`;

/** The page, in Markdown. */
export function scenarioReference(): string {
  const root = scenarioJsonSchema() as SchemaNode;
  const sections: string[] = [HEAD, section('Top level', root)];
  const { host, guests, pools, mixes, costs } = root.properties ?? {};
  if (host !== undefined) sections.push(section('`host`', host));
  for (const [name, property] of Object.entries(host?.properties ?? {})) {
    const map =
      property.properties === undefined ? property.anyOf?.find(({ type }) => type === 'object') : property;
    if (map === undefined) continue;
    sections.push(section(`\`host.${name}\`${map === property ? '' : ' as a map'}`, map));
  }
  if (typeof pools?.additionalProperties === 'object')
    sections.push(section('`pools`: each pool', pools.additionalProperties));
  for (const guest of guests?.items?.anyOf ?? []) {
    sections.push(section(`\`guests\`: ${(guest.title ?? '').replace(/^A /, 'a ')}`, guest));
    const script = guest.properties?.['script'];
    if (script !== undefined) sections.push(section('`script`', script));
  }
  if (typeof mixes?.additionalProperties === 'object')
    sections.push(section('`mixes`: each mix', mixes.additionalProperties));
  if (costs !== undefined) sections.push(section('`costs`', costs));
  return sections.join('\n');
}
