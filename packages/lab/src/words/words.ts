/** Numbers and text as people read them. No locale: the same bytes everywhere. */
import { PAGES_PER_MIB } from '@overbook/core/units';

/** Thousands apart, no decimals: `34,281`. */
export function grouped(value: number): string {
  const digits = String(Math.round(Math.abs(value)));
  const apart = digits.replace(/\B(?=(\d{3})+$)/g, ',');
  return value < 0 && apart !== '0' ? `-${apart}` : apart;
}

/** About three digits: `0.57`, `12.3`, `1,234`. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return grouped(value);
  if (size >= 10) return value.toFixed(1);
  return size === 0 ? '0' : value.toFixed(2);
}

/** Pages as MiB. */
export function mebibytes(count: number): string {
  return short(count / PAGES_PER_MIB);
}

const UNITS = [
  { ns: 1e9, name: 's' },
  { ns: 1e6, name: 'ms' },
  { ns: 1e3, name: 'us' },
] as const;

/** Unit that suits a time. */
export function unitFor(ns: number): (typeof UNITS)[number] {
  return UNITS.find((unit) => Math.abs(ns) >= unit.ns * 0.9995) ?? UNITS[UNITS.length - 1]!;
}

/** A time in the unit that suits it: `2.11 ms`. */
export function duration(ns: number): string {
  if (ns === 0) return '0';
  const unit = unitFor(ns);
  return `${short(ns / unit.ns)} ${unit.name}`;
}

/** `83 %`. */
export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

/** `one guest`, `3 guests`. */
export function counted(count: number, what: string): string {
  return count === 1 ? `one ${what}` : `${grouped(count)} ${what}s`;
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`;
}

/** Breaks text at spaces; further lines are indented by `indent`. */
export function wrapped(text: string, columns: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  // A number stays with its unit.
  for (const word of text.split(/\s+(?!%|MiB\b)/).filter((part) => part !== '')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = indent + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return `${[...lines, line].join('\n')}\n`;
}

/**
 * Items with commas between them, broken between two items only: a figure stays with its name and its unit.
 * @param lead what comes before the first item, with its own spaces
 */
export function wrappedItems(
  lead: string,
  items: readonly string[],
  columns: number,
  indent = ' '.repeat(lead.length),
): string {
  let line = lead;
  let isEmpty = true;
  let text = '';
  for (const [i, item] of items.entries()) {
    const word = i < items.length - 1 ? `${item},` : item;
    if (!isEmpty && line.length + 1 + word.length > columns) {
      text += `${line}\n`;
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return `${text}${line.trimEnd()}\n`;
}
