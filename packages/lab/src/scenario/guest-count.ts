/** `count: N` of a guest: N guests that differ in their names alone, made before anything else sees them. */
import type { Path, Problem } from './problems.ts';
import type { Scenario, ScenarioGuest } from './schema.ts';

/** Where a copy's number goes in its `salt`. */
const NUMBER = '%n';

/** A scenario whose guests are written out one by one, and for each the entry of the file that it comes from. */
export interface CountedOut {
  readonly scenario: Scenario;
  readonly entries: readonly number[];
}

/**
 * Writes each guest with a count out: `web` with `count: 3` becomes `web-1`, `web-2` and `web-3`. Everything that the
 * seed draws for a guest (its start, the order of its pages) is drawn by its name, so copies differ in that too.
 */
export function countedOut(scenario: Scenario): CountedOut {
  const entries: number[] = [];
  const guests = scenario.guests.flatMap((guest, entry) => {
    const copies = copiesOf(guest);
    entries.push(...copies.map(() => entry));
    return copies;
  });
  return { scenario: { ...scenario, guests }, entries };
}

function copiesOf({ count, ...guest }: ScenarioGuest): readonly ScenarioGuest[] {
  if (count === undefined) return [guest];
  return Array.from({ length: count }, (_, i) => ({
    ...guest,
    name: `${guest.name}-${i + 1}`,
    ...(guest.salt === undefined ? {} : { salt: guest.salt.replaceAll(NUMBER, String(i + 1)) }),
  }));
}

/** A path into a scenario that was written out, as a path into its file. */
export function entryPath(path: Path, entries: readonly number[]): Path {
  const [list, guest, ...rest] = path;
  return list === 'guests' && guest !== undefined ? [list, entries[Number(guest)]!, ...rest] : path;
}

/** Problems of guests that were written out, at the entries they come from; those of copies are told once. */
export function atEntries(problems: readonly Problem[], entries: readonly number[]): readonly Problem[] {
  const told = new Set<string>();
  return problems.flatMap((problem) => {
    const path = entryPath(problem.path, entries);
    const place = path.map(String).join('/');
    const id = path === problem.path ? `${place} ${problem.what}` : `${place} ${problem.mend}`;
    if (told.has(id)) return [];
    told.add(id);
    return [{ ...problem, path }];
  });
}
