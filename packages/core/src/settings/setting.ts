/**
 * What one setting is, as data: its kind, its default and where the default comes from. Types, checks, the schema of
 * scenario files, the docs, the footer of tables and the settled values in results are all made from tables of these.
 */
import { inMiB } from '../units/in-mib.ts';
import { LARGE_PAGE_PAGES } from '../units/page.ts';
import type { Pages } from '../units/page.ts';

/**
 * Where a default comes from. `published`: the source gives the value. `assumed`: it does not, or there is none.
 * `chosen`: a choice of this project that claims nothing about real hosts.
 */
export type Basis = 'published' | 'assumed' | 'chosen';

/** Bounds of a number; `above` excludes its own value. */
export interface Bounds {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
}

/** What values a setting takes. Times are in milliseconds, sizes in pages of 4 KiB. */
export type SettingKind =
  | ({ readonly type: 'time'; readonly unit: 'ms' } & Bounds)
  | { readonly type: 'size'; readonly unit: 'pages' }
  | ({ readonly type: 'number'; readonly unit?: string; readonly whole?: true } & Bounds)
  | { readonly type: 'choice'; readonly values: readonly string[] }
  | { readonly type: 'flag' }
  /** A value with special rules, checked where it is used; `name` tells the schema of scenarios which. */
  | { readonly type: 'own'; readonly name: string };

/** What is said about a setting in addition to its kind. */
export interface SettingFacts<T> {
  /** What it is, a clause without full stop or default. */
  readonly what: string;
  /** What else readers of the reference need to know, in whole sentences. */
  readonly more?: string;
  /** The default, or how it follows from machine memory. */
  readonly default: T | ((memory: Pages) => T);
  /** The default in words, where the value itself does not say it. */
  readonly said?: string;
  readonly basis: Basis;
  /** Where the default comes from: a publication, a setting of ESX, or why it was chosen. */
  readonly source?: string;
  /** Words before the value in a footer, e.g. `policies asked every`; default its key. */
  readonly label?: string;
}

/** One setting. */
export interface Setting<T> extends SettingFacts<T> {
  readonly kind: SettingKind;
}

/** Settings that belong together, one level down. */
export interface SettingGroup<G extends Readonly<Record<string, Setting<unknown>>>> {
  readonly what: string;
  readonly more?: string;
  /** Name of its line in a footer. */
  readonly label: string;
  readonly settings: G;
}

/** A table of settings, by key. */
export type SettingTable = Readonly<
  Record<string, Setting<unknown> | SettingGroup<Readonly<Record<string, Setting<unknown>>>>>
>;

/** Every value of a table. */
export type SettledValues<T extends SettingTable> = {
  readonly [K in keyof T]: T[K] extends { readonly settings: infer G extends SettingTable }
    ? SettledValues<G>
    : T[K] extends SettingFacts<infer V>
      ? V
      : never;
};

/** What may be given for a table: any part of it. An undefined setting is one that was not given. */
export type GivenValues<T extends SettingTable> = {
  readonly [K in keyof T]?:
    | (T[K] extends { readonly settings: infer G extends SettingTable }
        ? GivenValues<G>
        : T[K] extends SettingFacts<infer V>
          ? V
          : never)
    | undefined;
};

/** A duration, in milliseconds. */
export function time(facts: SettingFacts<number> & Bounds): Setting<number> {
  const { min, above, max, ...rest } = facts;
  return { ...rest, kind: { type: 'time', unit: 'ms', ...bounds({ min, above, max }) } };
}

/** An amount of memory, in pages. */
export function size(facts: SettingFacts<Pages>): Setting<Pages> {
  return { ...facts, kind: { type: 'size', unit: 'pages' } };
}

/** A number within bounds. */
export function number(
  facts: SettingFacts<number> & Bounds & { readonly unit?: string; readonly whole?: true },
): Setting<number> {
  const { min, above, max, unit, whole, ...rest } = facts;
  const kind = { type: 'number' as const, ...(unit && { unit }), ...(whole && { whole }) };
  return { ...rest, kind: { ...kind, ...bounds({ min, above, max }) } };
}

/** Small pages of a 2 MiB region, at most so many. */
export function regionPages(facts: SettingFacts<number>): Setting<number> {
  return number({ ...facts, unit: 'pages', whole: true, min: 0, max: LARGE_PAGE_PAGES });
}

/** One of some words. */
export function choice<const V extends string>(
  values: readonly V[],
  facts: SettingFacts<NoInfer<V>>,
): Setting<V> {
  return { ...facts, kind: { type: 'choice', values } };
}

/** Yes or no. */
export function flag(facts: SettingFacts<boolean>): Setting<boolean> {
  return { ...facts, kind: { type: 'flag' } };
}

/** A value whose rules are checked where it is used. */
export function own<T>(name: string, facts: SettingFacts<T>): Setting<T> {
  return { ...facts, kind: { type: 'own', name } };
}

/** Settings of one subject. */
export function group<const G extends Readonly<Record<string, Setting<unknown>>>>(
  facts: Omit<SettingGroup<G>, 'settings'>,
  settings: G,
): SettingGroup<G> {
  return { ...facts, settings };
}

function bounds(given: { [K in keyof Bounds]: Bounds[K] | undefined }): Bounds {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** True for a group of settings. */
export function isGroup(
  entry: SettingTable[string],
): entry is SettingGroup<Readonly<Record<string, Setting<unknown>>>> {
  return 'settings' in entry;
}

/** A value in words: `15 s`, `32 MiB`, `no limit`. */
export function valueSaid({ kind }: Pick<Setting<unknown>, 'kind'>, value: unknown): string {
  if (value === Infinity) return 'no limit';
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') return typeof value === 'string' ? value : JSON.stringify(value);
  if (kind.type === 'time') return timeSaid(value);
  // An own kind that is a number is an amount of memory, as the overhead of a VM.
  if (kind.type === 'size' || kind.type === 'own') return value === 0 ? 'none' : inMiB(value);
  return kind.type === 'number' && kind.unit !== undefined ? `${value} ${kind.unit}` : String(value);
}

function timeSaid(ms: number): string {
  if (ms === 0) return 'none';
  return ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`;
}

/** The default in words. */
export function defaultSaid(setting: Setting<unknown>): string {
  return setting.said ?? valueSaid(setting, setting.default);
}

/** What a setting is, with its default and where that comes from: one entry of a reference. */
export function describeSetting(setting: Setting<unknown>): string {
  const { what, basis, source, more } = setting;
  const assumed = basis === 'assumed';
  const from = assumed && source !== undefined ? `assumed: ${source}` : assumed ? 'assumed' : source;
  const origin = from === undefined ? '' : ` (${from})`;
  return `${what}; default ${defaultSaid(setting)}${origin}.${more === undefined ? '' : ` ${more}`}`;
}
