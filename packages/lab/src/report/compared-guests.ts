/** How long each guest waited under each mix, as a table whose cells are the darker the longer. */
import type { GuestFigures, MixResult } from '../results/results.ts';
import { short } from '../words/words.ts';
import { nameAndFate } from './compared-figures.ts';
import type { ComparedHost } from './compare-report.ts';
import type { PageSection } from './page.ts';
import { escapeHtml } from './page.ts';

/** Guests that head columns, and all that are shown. Chosen: more are no longer read. */
const COLUMNS_MAX = 10;
const GUESTS_MAX = 60;
/** Part of the colour in the darkest cell: text stays readable on it. */
const DARKEST = 0.45;

interface Waited {
  /** Part of its life that it waited, mean over seeds. */
  readonly part: number;
  readonly ended?: string | undefined;
}

export function guestsSection({ mixes, bounds, suffix, on }: ComparedHost): PageSection | undefined {
  const done = [...mixes, ...bounds].filter(({ runs }) => runs !== undefined);
  const guests = done[0]?.runs?.[0]?.guests.map(({ name }) => name) ?? [];
  if (guests.length === 0) return undefined;
  const waited = done.map((mix) => guests.map((_, guest) => waitedOf(mix, guest)));
  const most = Math.max(...waited.flat().map(({ part }) => part), Number.MIN_VALUE);
  // The worst-hit guests, where there are many.
  const order = guests.map((_, i) => i);
  const worst = (guest: number): number => waited.reduce((sum, row) => sum + row[guest]!.part, 0);
  const shown =
    guests.length > GUESTS_MAX ? order.toSorted((a, b) => worst(b) - worst(a)).slice(0, GUESTS_MAX) : order;
  const names = done.map((mix) => nameAndFate(mix, bounds));
  const cell = (mix: number, guest: number): string => heatCell(waited[mix]![guest]!, most);
  const caption =
    `Part of its life that each guest waited for memory (%), mean over seeds${on}` +
    (shown.length < guests.length
      ? `: the ${shown.length} worst-hit of ${guests.length}; results.json has all`
      : '');
  const table =
    shown.length <= COLUMNS_MAX
      ? heatTable(
          caption,
          'mix',
          shown.map((guest) => guests[guest]!),
          names,
          (row, column) => cell(row, shown[column]!),
        )
      : heatTable(
          caption,
          'guest',
          names,
          shown.map((guest) => guests[guest]!),
          (row, column) => cell(column, shown[row]!),
        );
  return { id: `guests${suffix}`, heading: `Guest by guest${on}`, html: table };
}

function waitedOf({ runs = [] }: MixResult, guest: number): Waited {
  const own = runs.map(({ guests }) => guests[guest]!);
  const part = own.reduce((sum, one) => sum + partWaited(one), 0) / own.length;
  return { part, ended: own.find(({ ended }) => ended !== undefined)?.ended };
}

function partWaited({ stallNs, lifeNs }: GuestFigures): number {
  return lifeNs === 0 ? 0 : stallNs / lifeNs;
}

function heatCell({ part, ended }: Waited, most: number): string {
  const heat = ((part / most) * DARKEST * 100).toFixed(0);
  const text = short(part * 100) + (ended === undefined ? '' : `, ${ended}`);
  return `<td class="number heat" style="--heat:${heat}%">${escapeHtml(text)}</td>`;
}

function heatTable(
  caption: string,
  corner: string,
  columns: readonly string[],
  rows: readonly string[],
  cell: (row: number, column: number) => string,
): string {
  const heads = columns.map((name) => `<th scope="col" class="number">${escapeHtml(name)}</th>`).join('');
  const body = rows.map(
    (name, row) =>
      `<tr><th scope="row">${escapeHtml(name)}</th>${columns.map((_, column) => cell(row, column)).join('')}</tr>`,
  );
  return `<div class="wide" tabindex="0" role="region" aria-label="${escapeHtml(caption)}"><table>
<caption>${escapeHtml(caption)}</caption>
<thead><tr><th scope="col">${escapeHtml(corner)}</th>${heads}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>`;
}
