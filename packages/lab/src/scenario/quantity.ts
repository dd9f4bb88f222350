/** Sizes and times as people write them: a number, a space, a unit. */
import type { Pages } from '@overbook/core';
import { PAGES_PER_MIB, toPages } from '@overbook/core';
import { z } from 'zod';

const PAGES_PER_UNIT: Readonly<Record<string, number>> = {
  KiB: 1 / 4,
  MiB: PAGES_PER_MIB,
  GiB: PAGES_PER_MIB * 1024,
  TiB: PAGES_PER_MIB * 1024 * 1024,
  pages: 1,
};
const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 };

/** Part of the configured sizes of all guests, by which a host's memory may be given. */
export interface GuestsFraction {
  readonly percentOfGuests: number;
}

/** Host memory: so many pages, or a part of what the guests are configured with. */
export type HostMemorySize = Pages | GuestsFraction;

/** A message of two lines: what is wrong, and the mend. */
function twoLines(what: string, mend: string): string {
  return `${what}\n${mend}`;
}

function units(table: Readonly<Record<string, number>>): string {
  return Object.keys(table).join(', ');
}

/** The number before a unit of `table`, in its base unit; undefined when the text is no such quantity. */
function measure(text: string, table: Readonly<Record<string, number>>): number | undefined {
  const parts = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text.trim());
  const factor = parts === null || !Object.hasOwn(table, parts[2]!) ? undefined : table[parts[2]!];
  return factor === undefined ? undefined : Number(parts![1]) * factor;
}

/** What is wrong with a quantity whose unit nobody knows; undefined when its unit is known, or there is none. */
function unknownUnit(text: string, table: Readonly<Record<string, number>>): string | undefined {
  const unit = /^\d+(?:\.\d+)?\s*([^\d\s.%]+)$/.exec(text.trim())?.[1];
  if (unit === undefined || Object.hasOwn(table, unit)) return undefined;
  return `'${text}' has an unknown unit, '${unit}'`;
}

/** What is wrong with a text that `parseHostMemory` does not know, and the units that it does. */
export function hostMemoryProblem(text: string): { readonly what: string; readonly units: string } {
  return {
    what: unknownUnit(text, PAGES_PER_UNIT) ?? `'${text}' is not an amount of memory`,
    units: `${units(PAGES_PER_UNIT)}, %`,
  };
}

/** The same of `parseSize`. */
export function sizeProblem(text: string): { readonly what: string; readonly units: string } {
  const what = unknownUnit(text, PAGES_PER_UNIT) ?? `'${text}' is not a whole number of 4 KiB pages`;
  return { what, units: units(PAGES_PER_UNIT) };
}

/** The same of `parseTime`. */
export function timeProblem(text: string): { readonly what: string; readonly units: string } {
  return { what: unknownUnit(text, MS_PER_UNIT) ?? `'${text}' is not a time`, units: units(MS_PER_UNIT) };
}

/** `512 MiB` in pages; undefined when the text is no whole number of pages. */
export function parseSize(text: string): Pages | undefined {
  const count = measure(text, PAGES_PER_UNIT);
  return count !== undefined && Number.isInteger(count) ? toPages(count) : undefined;
}

/** `15 s` in milliseconds; undefined when the text is no time. */
export function parseTime(text: string): number | undefined {
  return measure(text, MS_PER_UNIT);
}

/** `512 MiB`, or `60 % of guests`; undefined for anything else. */
export function parseHostMemory(text: string): HostMemorySize | undefined {
  const part = /^(\d+(?:\.\d+)?)\s*%(?:\s*of guests)?$/.exec(text.trim());
  if (part === null) return parseSize(text);
  const percent = Number(part[1]);
  return percent > 0 ? { percentOfGuests: percent } : undefined;
}

function refused(context: z.RefinementCtx, what: string, mend: string): never {
  context.addIssue({ code: 'custom', message: twoLines(what, mend) });
  return z.NEVER;
}

/** Text with a unit; a bare number is refused with the mend, since nobody knows its unit. */
function quantity(example: string): z.ZodString {
  return z.string({
    error: ({ input }) =>
      input === undefined ? undefined : `is not a quantity\nWrite a number and a unit, as in \`${example}\`.`,
  });
}

/** A size in a scenario; pages of 4 KiB when parsed. */
export function size(description: string): z.ZodPipe<z.ZodString, z.ZodTransform<Pages, string>> {
  return quantity('512 MiB')
    .meta({ description, examples: ['512 MiB'] })
    .transform((text, context): Pages => {
      const count = parseSize(text);
      if (count !== undefined) return count;
      return refused(
        context,
        unknownUnit(text, PAGES_PER_UNIT) ?? `'${text}' is not a whole number of 4 KiB pages`,
        `Write a number and a unit, as in \`512 MiB\`; units: ${units(PAGES_PER_UNIT)}.`,
      );
    });
}

/** A time in a scenario; milliseconds when parsed. */
export function time(description: string): z.ZodPipe<z.ZodString, z.ZodTransform<number, string>> {
  return quantity('15 s')
    .meta({ description, examples: ['15 s'] })
    .transform((text, context): number => {
      const ms = parseTime(text);
      if (ms !== undefined) return ms;
      return refused(
        context,
        unknownUnit(text, MS_PER_UNIT) ?? `'${text}' is not a time`,
        `Write a number and a unit, as in \`15 s\`; units: ${units(MS_PER_UNIT)}.`,
      );
    });
}

/** The host's memory in a scenario. */
export function hostMemory(
  description: string,
): z.ZodPipe<z.ZodString, z.ZodTransform<HostMemorySize, string>> {
  return quantity('512 MiB')
    .meta({ description, examples: ['512 MiB', '60 % of guests'] })
    .transform((text, context): HostMemorySize => {
      const found = parseHostMemory(text);
      if (found !== undefined) return found;
      return refused(
        context,
        unknownUnit(text, PAGES_PER_UNIT) ?? `'${text}' is not an amount of memory`,
        'Write `512 MiB`, or `60 % of guests` for a part of the memory of all guests; units: ' +
          `${units(PAGES_PER_UNIT)}.`,
      );
    });
}
