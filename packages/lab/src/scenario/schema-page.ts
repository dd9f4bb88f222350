/** Tables of keys for reference pages that are made from a schema. */
import type { SchemaNode } from '../plugins/option-rows.ts';
import { valuesOf } from '../plugins/option-rows.ts';

/** A heading, and a table of the keys of an object. */
export function section(title: string, node: SchemaNode): string {
  const rows = Object.entries(node.properties ?? {}).map(([name, property]) => {
    const isRequired = node.required?.includes(name) === true && property.default === undefined;
    const fallback = property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``;
    return [
      `\`${name}\``,
      valuesOf(property),
      isRequired ? 'required' : fallback,
      property.description ?? '',
    ];
  });
  const intro = node.description === undefined ? '' : `${node.description}\n\n`;
  return `## ${title}\n\n${intro}${markdownTable(['key', 'value', 'default', 'what it is'], rows)}`;
}

/** A Markdown table padded as the formatter does it. */
function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |\n`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |\n`;
  return `${line(cells[0]!)}${rule}${cells.slice(1).map(line).join('')}`;
}
