/**
 * A path into a scenario, as studies name what they vary: `host.memory`, `guests.redis.count`, `options.tps.salting`.
 * Names of guests and mixes may have points in them. What lies at the end need not be there yet: the schema of
 * scenarios, or of a plugin's options, says whether it may be.
 */
import type { Json } from '@overbook/core';
import { didYouMean } from '@overbook/lab';
import { COSTS } from '@overbook/sim';

/** A scenario as its file says it. */
export type PlainScenario = Readonly<Record<string, unknown>>;

/** Why a path leads nowhere. */
export interface NoSuchPath {
  readonly what: string;
  readonly mend: string;
}

/** Sets a value at all places that a path means, in a scenario that may be changed. */
export type Setter = (scenario: PlainScenario, value: Json) => void;

/** Keys of a scenario that hold what can vary. */
const ROOTS = ['host', 'guests', 'mixes', 'options', 'costs', 'pools', 'order', 'series', 'check'] as const;

/** Keys of a scenario that a study says itself. */
const OWN: Readonly<Record<string, string>> = {
  seeds: 'Seeds are a key of the study itself: `seeds: 5`.',
  name: 'A study has a name of its own.',
};

const ALL = '*';

type Branch = Record<string, unknown>;

/** What a path means in a scenario, or why it means nothing. */
export function settingPath(path: string, scenario: PlainScenario): Setter | NoSuchPath {
  const [root = '', ...steps] = path.split('.');
  if (!(ROOTS as readonly string[]).includes(root)) {
    const what = `a scenario has nothing at '${path}' that a study can vary`;
    return { what, mend: OWN[root] ?? didYouMean(root, ROOTS, 'Paths begin with') };
  }
  switch (root) {
    case 'guests':
      return guestPath(path, steps, scenario);
    case 'mixes':
      return mixPath(path, steps, scenario);
    case 'options':
      return optionPath(path, steps, Object.values(mixesOf(scenario)));
    case 'costs':
      return costPath(path, steps);
    default:
      return (changed, value) => setIn(changed as Branch, [root, ...steps], value);
  }
}

function guestPath(path: string, steps: readonly string[], scenario: PlainScenario): Setter | NoSuchPath {
  const names = guestsOf(scenario).map(({ name }) => String(name));
  const found = named(steps, [ALL, ...names]);
  if (found === undefined) return unknown(path, 'guest', steps, names, 'guests.NAME.KEY');
  return (changed, value) => {
    for (const guest of guestsOf(changed))
      if (found.name === ALL || guest['name'] === found.name) setIn(guest, found.rest, value);
  };
}

function mixPath(path: string, steps: readonly string[], scenario: PlainScenario): Setter | NoSuchPath {
  const mixes = mixesOf(scenario);
  const found = named(steps, Object.keys(mixes));
  if (found === undefined) return unknown(path, 'mix', steps, Object.keys(mixes), 'mixes.NAME.KEY');
  const [list, ...option] = found.rest;
  if (list === 'strategies' || list === 'policies') {
    const there = optionPath(path, option, [mixes[found.name]!]);
    if (typeof there !== 'function') return there;
    return (changed, value) => setOption(mixesOf(changed)[found.name]!, option, value);
  }
  return (changed, value) => setIn(mixesOf(changed)[found.name]!, found.rest, value);
}

/** An option of a plugin, in every one of these mixes that has the plugin. */
function optionPath(path: string, steps: readonly string[], mixes: readonly Branch[]): Setter | NoSuchPath {
  const ids = [...new Set(mixes.flatMap((mix) => entriesOf(mix).map(({ id }) => id)))];
  const found = named(steps, ids);
  if (found === undefined) return unknown(path, 'plugin', steps, ids, 'options.ID.OPTION');
  return (changed, value) => {
    for (const mix of Object.values(mixesOf(changed))) setOption(mix, steps, value);
  };
}

function costPath(path: string, steps: readonly string[]): Setter | NoSuchPath {
  const [name = '', ...rest] = steps;
  if (rest.length > 0 || !Object.hasOwn(COSTS, name))
    return unknown(path, 'cost', steps, Object.keys(COSTS), 'costs.NAME');
  return (changed, value) => setIn(changed as Branch, ['costs', name], value);
}

/** The name that steps begin with, the longest of several, and what comes after it. */
function named(
  steps: readonly string[],
  names: readonly string[],
): { readonly name: string; readonly rest: readonly string[] } | undefined {
  for (let length = steps.length - 1; length >= 1; length--) {
    const name = steps.slice(0, length).join('.');
    if (names.includes(name)) return { name, rest: steps.slice(length) };
  }
  return undefined;
}

function unknown(
  path: string,
  kind: string,
  steps: readonly string[],
  names: readonly string[],
  form: string,
): NoSuchPath {
  const whole = steps.join('.');
  if (names.includes(whole))
    return { what: `'${path}' does not say what of the ${kind} varies`, mend: `Write \`${form}\`.` };
  const name = steps.length > 1 ? steps.slice(0, -1).join('.') : whole;
  return {
    what: `'${path}' names no ${kind} of the scenario`,
    mend: `${didYouMean(name, names, `Known: ${kind}s`).replace('Known: ', '')} Write \`${form}\`.`,
  };
}

function guestsOf({ guests }: PlainScenario): readonly Branch[] {
  return Array.isArray(guests) ? (guests as Branch[]) : [];
}

function mixesOf({ mixes }: PlainScenario): Readonly<Record<string, Branch>> {
  return (mixes ?? {}) as Record<string, Branch>;
}

const LISTS = ['strategies', 'policies'] as const;

/** Plugins that a mix names, with where. */
function entriesOf(
  mix: Branch,
): readonly { readonly id: string; readonly list: unknown[]; readonly at: number }[] {
  return LISTS.flatMap((key) => {
    const list = mix[key];
    if (!Array.isArray(list)) return [];
    return list.map((entry: unknown, at) => {
      const id = typeof entry === 'string' ? entry : (Object.keys(entry as object)[0] ?? '');
      return { id, list: list as unknown[], at };
    });
  });
}

/** @param steps the plugin's id, which may have points in it, and the path of its option */
function setOption(mix: Branch, steps: readonly string[], value: Json): void {
  for (const { id, list, at } of entriesOf(mix)) {
    const found = named(steps, [id]);
    if (found === undefined) continue;
    const entry = list[at];
    const options = typeof entry === 'string' ? {} : ((entry as Branch)[id] as Branch | null);
    const changed = { ...options };
    setIn(changed, found.rest, value);
    list[at] = { [id]: changed };
  }
}

/** Sets a value below maps, which are made where there are none. */
function setIn(branch: Branch, path: readonly string[], value: Json): void {
  let at = branch;
  for (const step of path.slice(0, -1)) {
    const below = at[step];
    if (typeof below !== 'object' || below === null) at[step] = {};
    at = at[step] as Branch;
  }
  at[path.at(-1)!] = value;
}
