/** Fills in what was not given of a table of settings, checks what was, and says where each value came from. */
import { OverbookError } from '../units/errors.ts';
import type { Preset } from './host-profiles.ts';
import type { Pages } from '../units/page.ts';
import type { Basis, GivenValues, Setting, SettingKind, SettingTable, SettledValues } from './setting.ts';
import { isGroup, valueSaid } from './setting.ts';

/** One settled value, as plain data: what results and footers print. */
export interface SettledSetting {
  /** Its place in the table: `reserve`, `paces.balance`. */
  readonly key: string;
  /** null where there is no limit. */
  readonly value: unknown;
  readonly unit?: string;
  /** The value in words. */
  readonly said: string;
  /**
   * `given` by who described the host (a scenario, a program), of its `profile`, the table's `default`, or part of a
   * `model`.
   */
  readonly from: 'default' | 'given' | 'profile' | 'model';
  /** Of defaults, profiles and models. */
  readonly basis?: Basis;
  readonly source?: string;
}

/** Values of a table with where each came from. */
export interface Settled<T extends SettingTable> {
  readonly values: SettledValues<T>;
  readonly settings: readonly SettledSetting[];
}

interface Place {
  readonly memory: Pages;
  /** For messages: what is described. */
  readonly at: string;
  /** Values of a profile, by key. */
  readonly presets: Readonly<Record<string, Preset>>;
}

/** @throws OVB_SETTING_INVALID for a value that its setting does not take, or a key that is none of the table's */
export function settle<T extends SettingTable>(
  table: T,
  given: GivenValues<T>,
  memory: Pages,
  at: string,
  presets: Readonly<Record<string, Preset>> = {},
): Settled<T> {
  const settings: SettledSetting[] = [];
  const values = settleAll(table, given, '', { memory, at, presets }, settings);
  return { values: values as SettledValues<T>, settings };
}

function settleAll(
  table: SettingTable,
  given: Readonly<Record<string, unknown>>,
  prefix: string,
  place: Place,
  settings: SettledSetting[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(table).map(([name, entry]) => {
      const key = `${prefix}${name}`;
      const value = given[name];
      if (!isGroup(entry)) return [name, settleOne(key, entry, value, place, settings)];
      if (value !== undefined && (typeof value !== 'object' || value === null))
        throw invalid(place.at, key, value, 'Give a map.');
      const inner = (value ?? {}) as Readonly<Record<string, unknown>>;
      refuseUnknown(entry.settings, inner, `${key}.`, place.at);
      return [name, settleAll(entry.settings, inner, `${key}.`, place, settings)];
    }),
  );
}

/** @throws OVB_SETTING_INVALID for keys of `given` that the table does not have: they would be lost in silence */
export function refuseUnknown(table: SettingTable, given: object, prefix: string, at: string): void {
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || Object.hasOwn(table, key)) continue;
    throw new OverbookError(
      'OVB_SETTING_INVALID',
      at,
      `there is no setting '${prefix}${key}'`,
      `Known: ${Object.keys(table).join(', ')}.`,
    );
  }
}

function settleOne(
  key: string,
  setting: Setting<unknown>,
  given: unknown,
  { memory, at, presets }: Place,
  settings: SettledSetting[],
): unknown {
  const { kind } = setting;
  const preset = given === undefined && Object.hasOwn(presets, key) ? presets[key] : undefined;
  const { basis, source } = preset === undefined ? setting : { basis: 'published' as const, ...preset };
  const value = given ?? preset?.value ?? defaultOf(setting, memory);
  const mend = mendFor(kind, value);
  if (mend !== undefined && value !== defaultOf(setting, memory)) throw invalid(at, key, value, mend);
  const isDefault = given === undefined && preset === undefined;
  settings.push({
    key,
    value: value === Infinity ? null : value,
    ...('unit' in kind && kind.unit !== undefined ? { unit: kind.unit } : {}),
    said:
      isDefault && typeof setting.default !== 'function' && setting.said
        ? setting.said
        : valueSaid(setting, value),
    from: isDefault ? 'default' : preset === undefined ? 'given' : 'profile',
    ...(given === undefined && { basis }),
    ...(given === undefined && source !== undefined && { source }),
  });
  return value;
}

function defaultOf({ default: otherwise }: Setting<unknown>, memory: Pages): unknown {
  return typeof otherwise === 'function' ? (otherwise as (memory: Pages) => unknown)(memory) : otherwise;
}

/** What to give instead of a value that its setting does not take; undefined where it does. */
function mendFor(kind: SettingKind, value: unknown): string | undefined {
  switch (kind.type) {
    case 'choice':
      return kind.values.includes(value as string) ? undefined : `Give ${kind.values.join(' or ')}.`;
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'Give true or false.';
    case 'size':
      return Number.isSafeInteger(value) && (value as number) >= 0
        ? undefined
        : 'Give a whole number of pages.';
    case 'own':
      return undefined;
    default:
      return fits(kind, value) ? undefined : `Give ${numberSaid(kind)}.`;
  }
}

type NumberKind = Extract<SettingKind, { type: 'time' | 'number' }>;

function fits(kind: NumberKind, value: unknown): boolean {
  const { min = -Infinity, above = -Infinity, max = Infinity } = kind;
  if (typeof value !== 'number' || Number.isNaN(value)) return false;
  if (kind.type === 'number' && kind.whole === true && !Number.isInteger(value)) return false;
  return value >= min && (above === -Infinity || value > above) && value <= max;
}

function numberSaid(kind: NumberKind): string {
  const { min, above, max } = kind;
  const noun = kind.type === 'time' ? 'a time' : 'whole' in kind ? 'a whole number' : 'a number';
  const parts = [
    above === undefined ? undefined : `above ${above}`,
    min === undefined ? undefined : `of at least ${min}`,
    max === undefined ? undefined : `at most ${max}`,
  ].filter((part) => part !== undefined);
  const unit = kind.type === 'time' ? ' ms' : '';
  return parts.length === 0 ? noun : `${noun} ${parts.join(', ')}${unit}`;
}

function invalid(at: string, key: string, value: unknown, mend: string): OverbookError {
  const said = typeof value === 'number' || typeof value === 'string' ? String(value) : JSON.stringify(value);
  return new OverbookError('OVB_SETTING_INVALID', at, `setting ${key} is ${said}`, mend);
}
