/** How long published alert rules held under each mix. */
import { short } from '../words/words.ts';
import type { ComparedHost } from './compare-report.ts';
import type { PageSection } from './page.ts';
import { listHtml, tableHtml } from './page.ts';

const NS_PER_MINUTE = 60e9;

/** @param lines what is told of each rule that held */
export function alertsSection(
  { mixes, suffix, on }: ComparedHost,
  lines: readonly string[],
): PageSection | undefined {
  const rules = [...new Set(mixes.flatMap(({ alerts = {} }) => Object.keys(alerts)))].filter((rule) =>
    mixes.some(({ alerts }) => (alerts?.[rule]?.heldNs ?? 0) > 0),
  );
  if (rules.length === 0) return undefined;
  const minutes = (ns: number | undefined): string => (ns === undefined ? '-' : short(ns / NS_PER_MINUTE));
  return {
    id: `alerts${suffix}`,
    heading: `Minutes in alerts${on}`,
    html:
      listHtml(lines) +
      tableHtml({
        caption:
          'Minutes that a published rule held, and that its alert fired, of all guests together, mean over seeds' +
          `${on}; no other rule held`,
        columns: [
          { head: 'mix' },
          ...rules.flatMap((rule) => [
            { head: `${rule}: held`, numeric: true },
            { head: 'fired', numeric: true },
          ]),
        ],
        rows: mixes.map(({ name, alerts }) => [
          name,
          ...rules.flatMap((rule) => [minutes(alerts?.[rule]?.heldNs), minutes(alerts?.[rule]?.firedNs)]),
        ]),
      }),
  };
}
