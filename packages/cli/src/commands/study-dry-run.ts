/** `overbook study --dry-run`: how many runs there are, and how long they take by the first of them, which are kept. */
import { counted, grouped, wrapped } from '@overbook/lab/words';
import type { Engine, Study, StudyCell, StudyFolder } from '@overbook/study';
import { CellRuns, allCells, searchValues } from '@overbook/study';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { timeLeft } from '../process/study-progress.ts';

/** @param workers threads that share the runs */
export async function dryRun(
  io: Io,
  study: Study,
  folder: StudyFolder,
  engine: Engine,
  workers: number,
): Promise<number> {
  const known = meanByMix(folder);
  const first = study.point(Math.floor(study.points / 2)).cells;
  const toRun =
    study.file.settings.find === undefined
      ? study.mixes.flatMap(({ name }) =>
          known.has(name) ? [] : first.filter(({ request }) => request.mix === name).slice(0, 1),
        )
      : [];
  const runs = new CellRuns({
    store: folder.cells,
    engine,
    signal: io.signal,
    onCell: (cell, end) => folder.noteTiming(cell, end),
  });
  await runs.run(toRun);
  const missing = missingByMix(study, folder);
  io.out(said(study, missing, meanByMix(folder), toRun.length, workers, io.columns));
  return EXIT.fine;
}

function said(
  study: Study,
  missing: ReadonlyMap<string, number>,
  known: ReadonlyMap<string, number>,
  ran: number,
  workers: number,
  columns: number,
): string {
  const { points, mixes, seeds, file } = study;
  const { find, name } = file.settings;
  const parts = [
    counted(points, 'point'),
    counted(mixes.length, 'mix').replace(/mixs$/, 'mixes'),
    counted(seeds.length, 'seed'),
  ];
  const values = find === undefined ? 1 : searchValues(find).length;
  if (find !== undefined) parts.push(counted(values, 'value'));
  const left = [...missing.values()].reduce((sum, count) => sum + count, 0);
  const ms = [...missing].reduce((sum, [mix, count]) => sum + count * (known.get(mix) ?? NaN), 0) / workers;
  const time = Number.isFinite(ms) ? ` About ${timeLeft(ms)} with ${counted(workers, 'worker')}.` : '';
  const what =
    find === undefined
      ? `${grouped(left)} are still to be made.${time}`
      : 'A search by bisection makes few of them.';
  const kept =
    ran === 0 ? '' : ` ${counted(ran, 'run')} made to see how long they take; the results are kept.`;
  return wrapped(
    `${name}: ${parts.join(' × ')} = ${grouped(values * study.cells)} runs. ${what}${kept}`,
    columns,
  );
}

/** Runs without a result, by mix; each key counts once. */
function missingByMix(study: Study, folder: StudyFolder): ReadonlyMap<string, number> {
  const missing = new Map<string, number>();
  if (study.file.settings.find !== undefined) return missing;
  const met = new Set<string>();
  for (const cell of allCells(study) as Iterable<StudyCell>) {
    if (met.has(cell.key) || folder.cells.has(cell.key)) continue;
    met.add(cell.key);
    missing.set(cell.request.mix, (missing.get(cell.request.mix) ?? 0) + 1);
  }
  return missing;
}

/** Mean milliseconds of a run, by mix. */
function meanByMix(folder: StudyFolder): ReadonlyMap<string, number> {
  const sums = new Map<string, { ms: number; count: number }>();
  for (const { mix, ms } of folder.timings()) {
    const sum = sums.get(mix) ?? { ms: 0, count: 0 };
    sums.set(mix, { ms: sum.ms + ms, count: sum.count + 1 });
  }
  return new Map([...sums].map(([mix, { ms, count }]) => [mix, ms / count]));
}
