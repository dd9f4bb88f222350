/**
 * Keys of scenarios that are made from a table of settings: only that table has kinds, bounds, defaults and
 * sources.
 */
import type { Setting } from '@overbook/core/host';
import type { SettingKind, SettingTable } from '@overbook/core/internals';
import { describeSetting, isGroup } from '@overbook/core/internals';
import { z } from 'zod';

import { PREDICATE } from './problems.ts';
import { size, time } from './quantity.ts';

/** What a scenario may give for each setting of a table. */
export type SettingKeys<T extends SettingTable> = {
  readonly [K in keyof T]: z.ZodExactOptional<z.ZodType<ValueOf<T[K]>>>;
};

type ValueOf<E> = E extends { readonly settings: infer G extends SettingTable }
  ? { readonly [K in keyof G]?: ValueOf<G[K]> }
  : E extends Setting<infer V>
    ? V
    : never;

/** Schemas of settings whose kind is `own`, by its name. */
export type OwnKinds = Readonly<Record<string, (description: string) => z.ZodType>>;

/** One optional key for each setting; a group is a map of its own. @throws Error for an own kind without a schema */
export function settingKeys<T extends SettingTable>(table: T, ownKinds: OwnKinds = {}): SettingKeys<T> {
  return Object.fromEntries(
    Object.entries(table).map(([key, entry]) => [
      key,
      (isGroup(entry)
        ? z
            .strictObject(settingKeys(entry.settings, ownKinds))
            .meta({ description: [`${entry.what}.`, entry.more].filter(Boolean).join(' ') })
        : valueSchema(entry, ownKinds)
      ).exactOptional(),
    ]),
  ) as unknown as SettingKeys<T>;
}

function valueSchema(setting: Setting<unknown>, ownKinds: OwnKinds): z.ZodType {
  const { kind } = setting;
  const description = describeSetting(setting);
  switch (kind.type) {
    case 'time':
      return bounded(time(description), kind, 'ms');
    case 'size':
      return size(description);
    case 'number':
      return numberSchema(kind).meta({ description });
    case 'choice':
      return z.enum(kind.values).meta({ description });
    case 'flag':
      return z.boolean().meta({ description });
    case 'own': {
      const own = ownKinds[kind.name];
      if (own === undefined) throw new Error(`no schema for settings of kind '${kind.name}'`);
      return own(description);
    }
  }
}

function numberSchema({ whole, min, above, max }: Extract<SettingKind, { type: 'number' }>): z.ZodType {
  let schema = whole === true ? z.int() : z.number();
  if (min !== undefined) schema = schema.min(min);
  if (above !== undefined) schema = schema.gt(above);
  return max === undefined ? schema : schema.max(max);
}

/** The bounds of a time, which is text in a scenario and a number behind it. */
function bounded(
  schema: z.ZodType<number, string>,
  { min = 0, above }: Extract<SettingKind, { type: 'time' }>,
  unit: string,
): z.ZodType<number, string> {
  const least = above === undefined ? `at least ${min} ${unit}` : `more than ${above} ${unit}`;
  return schema.refine((value) => value >= min && (above === undefined || value > above), {
    error: `is too short\nGive ${least}.`,
    ...PREDICATE,
  });
}
