import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Exact counts by case: `{ "60 %": { "swapOuts": 4337, … } }`. */
export type Golden = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * Holds counts against those that a file keeps, to the last one; or, with `update`, writes the file anew.
 * A changed golden is a changed behaviour: its changeset says why.
 * @throws Error that lists every difference as `case.count: golden, now`
 */
export function expectGolden(path: string, counts: Golden, update: boolean): void {
  if (update) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(counts, undefined, 2)}\n`);
    return;
  }
  if (!existsSync(path))
    throw new Error(`golden ${path} does not exist; write it: npm run golden -- --update`);
  const differences = differencesOf(JSON.parse(readFileSync(path, 'utf8')) as Golden, counts);
  if (differences.length === 0) return;
  throw new Error(
    `${path}: ${differences.length} counts differ\n  ${differences.join('\n  ')}\n` +
      'If that is intended: npm run golden -- --update, and a changeset that says why.',
  );
}

/** `case.count: 12, now 13` for each difference; `none` is a count that is missing on one side. */
export function differencesOf(golden: Golden, now: Golden): readonly string[] {
  const names = (one: object, other: object): readonly string[] => [
    ...new Set([...Object.keys(one), ...Object.keys(other)]),
  ];
  return names(golden, now).flatMap((name) =>
    names(golden[name] ?? {}, now[name] ?? {}).flatMap((count) => {
      const was = golden[name]?.[count];
      const is = now[name]?.[count];
      return was === is ? [] : [`${name}.${count}: ${was ?? 'none'}, now ${is ?? 'none'}`];
    }),
  );
}
