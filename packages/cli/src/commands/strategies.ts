/** `overbook strategies`: what can be put into a mix. */
import type { AnyPlugin, AssumedRange, LoadedPlugin } from '@overbook/lab';
import { OTHER_NAMES, PluginCatalogue, optionGroups, otherName } from '@overbook/lab';
import { wrapped } from '@overbook/lab/words';
import pc from 'picocolors';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import type { Column } from '../render/table.ts';
import { table, tableWidth } from '../render/table.ts';
import { modulesOf } from './experiment-options.ts';

export interface StrategiesOptions {
  readonly plugin?: readonly string[];
  readonly json?: true;
}

export const STRATEGIES_SCHEMA = 'overbook.strategies/1';
export const STRATEGY_SCHEMA = 'overbook.strategy/1';

const LEFT: readonly Column[] = ['id', 'module', 'what it does'].map((head) => ({ head, align: 'left' }));

/** Lists strategies, then policies. */
export async function list(io: Io, options: StrategiesOptions): Promise<number> {
  const { all } = await PluginCatalogue.load(modulesOf(options.plugin));
  if (options.json === true) {
    const listing = { schema: STRATEGIES_SCHEMA, plugins: all.map(described), otherNames: OTHER_NAMES };
    io.out(`${JSON.stringify(listing, undefined, 2)}\n`);
    return EXIT.fine;
  }
  const { bold } = pc.createColors(io.color);
  for (const role of ['strategy', 'policy'] as const) {
    const rows = all
      .filter(({ plugin }) => plugin.role === role)
      .map(({ plugin, specifier }) => [plugin.id, specifier, plugin.title] as const);
    const listed =
      tableWidth(LEFT, rows) <= io.columns
        ? table(LEFT, rows, bold)
        : rows
            .map(([id, module, title]) => `${bold(id)}  ${module}\n${indented(title, io.columns)}`)
            .join('');
    io.out(`${bold(role === 'strategy' ? 'Strategies' : 'Policies')}\n${listed}\n`);
  }
  io.out(`${bold('Names used elsewhere, and their equivalents here')}\n${namesElsewhere(io.columns)}\n`);
  io.out('`overbook strategies show ID` prints the options.\n');
  return EXIT.fine;
}

/** A line or two for each thing that is called otherwise elsewhere. */
function namesElsewhere(columns: number): string {
  return OTHER_NAMES.map(({ names, write, what }) => {
    const others = names.filter((name) => name !== write).slice(0, SHOWN_NAMES);
    return wrapped(`${others.join(', ')}: \`${write}\`, ${what}`, columns, INDENT);
  }).join('');
}

/** Names of one thing that the list shows; any of them is understood. */
const SHOWN_NAMES = 3;

/** Prints one, with its options from its own schema. A name from elsewhere shows what has it here. */
export async function show(io: Io, id: string, options: StrategiesOptions): Promise<number> {
  const catalogue = await PluginCatalogue.load(modulesOf(options.plugin));
  const elsewhere = catalogue.all.some(({ plugin }) => plugin.id === id) ? undefined : otherName(id);
  const found = catalogue.find(elsewhere?.id ?? id, 'strategies show');
  if (elsewhere !== undefined)
    io.note(wrapped(`${id} is called \`${elsewhere.write}\` here: ${elsewhere.what}`, io.columns));
  if (options.json === true) {
    io.out(`${JSON.stringify({ schema: STRATEGY_SCHEMA, ...described(found) }, undefined, 2)}\n`);
    return EXIT.fine;
  }
  const { plugin, specifier } = found;
  const { bold } = pc.createColors(io.color);
  io.out(
    `${bold(plugin.id)}  ${plugin.role} of ${specifier}\n${plugin.title}\n\n${factsOf(plugin, io.columns)}`,
  );
  for (const { title, rows } of optionGroups(plugin.options)) {
    io.out(`\n${bold(title === undefined ? 'Options' : `Options with ${title}`)}\n`);
    for (const row of rows) {
      const fallback = row.default === undefined ? '' : `; default ${row.default}`;
      io.out(
        wrapped(`  ${bold(row.name)}: ${row.values}${fallback}`, io.columns, '      ').replace(/^/, '  '),
      );
      io.out(indented(row.description, io.columns));
      if (row.assumedRange !== undefined) io.out(indented(rangeSaid(row.assumedRange), io.columns));
    }
  }
  return EXIT.fine;
}

/** Of a flag, 0 is false and 1 true. */
function rangeSaid({ low, high, source }: AssumedRange): string {
  return `Assumed: \`overbook rank\` varies it from ${low} to ${high} (${source}).`;
}

const INDENT = '      ';

function indented(text: string, columns: number): string {
  return INDENT + wrapped(text, columns - INDENT.length, INDENT);
}

function needsOf(plugin: AnyPlugin): readonly string[] {
  return Object.values(plugin.needs).map((need) => {
    const isOptional = typeof need === 'object';
    const token = isOptional ? (need as { optional: symbol }).optional : (need as symbol);
    return `${(token.description ?? '').replace('overbook/', '')}${isOptional ? ' (if there is one)' : ''}`;
  });
}

function factsOf(plugin: AnyPlugin, columns: number): string {
  const facts = [`needs     ${needsOf(plugin).join(', ') || 'nothing'}`];
  if (plugin.role === 'strategy') {
    if (plugin.kinds !== undefined) facts.push(`defines   backing kinds ${plugin.kinds.join(', ')}`);
    if (plugin.claims !== undefined) facts.push(`credited  ${plugin.claims.join(', ')} pages`);
    facts.push(`acts      from state ${plugin.actsFrom ?? 'hard'}, if no ladder names it`);
  }
  return facts
    .map((fact) => `${fact.slice(0, 10)}${wrapped(fact.slice(10), columns - 10, ' '.repeat(10))}`)
    .join('');
}

function described({ plugin, specifier }: LoadedPlugin) {
  return {
    id: plugin.id,
    role: plugin.role,
    contract: plugin.contract,
    title: plugin.title,
    module: specifier,
    needs: needsOf(plugin),
    options: optionGroups(plugin.options),
  };
}
