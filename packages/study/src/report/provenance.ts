/** What is needed to run a study again, from study.json. */
import { escapeHtml, foldedHtml, tableHtml } from '@overbook/lab/report';

import type { StudyRecord } from '../folder/study-folder.ts';
import type { Study } from '../study.ts';

export function provenance(
  study: Study,
  { command, study: text, scenario, hashes, cells }: StudyRecord,
): string {
  const rows: (readonly [string, string])[] = [
    ...(command === undefined ? [] : [['command', command] as const]),
    ['runs, at most', String(cells)],
    ['seeds', study.seeds.join(', ')],
    ['study file, SHA-256', hashes.study],
    ['scenario, SHA-256', hashes.scenario],
    ['code, SHA-256', hashes.code],
    ...Object.entries(hashes.datasets).map(([name, hash]) => [`${name}, SHA-256`, hash] as const),
    ...Object.entries(hashes.versions).map(([name, version]) => [name, version] as const),
    ['Node.js', hashes.node],
  ];
  return (
    foldedHtml(
      'Command, hashes and versions',
      tableHtml({ caption: 'From study.json', columns: [{ head: 'what' }, { head: 'value' }], rows }),
    ) +
    foldedHtml('The study file', pre('The study file', text)) +
    foldedHtml('The scenario', pre('The scenario', scenario))
  );
}

function pre(label: string, text: string): string {
  return `<pre tabindex="0" role="region" aria-label="${escapeHtml(label)}">${escapeHtml(text)}</pre>`;
}
