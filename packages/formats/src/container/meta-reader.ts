/**
 * Reads the JSON of a META section with nothing taken on trust: every field is asked for by name, type and range,
 * and a field that no format defines is refused, since it may be one whose meaning matters.
 */
import type { OverbookError } from '@overbook/core/units';
import type { FileId, Section } from './format.ts';
import { corrupt } from '../messages.ts';

const TEXT_CHARS_MAX = 4096;

export class MetaReader {
  readonly #id: FileId;
  readonly #offset: number;
  readonly #path: string;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>();

  private constructor(id: FileId, offset: number, path: string, value: unknown) {
    this.#id = id;
    this.#offset = offset;
    this.#path = path;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw corrupt(id, offset, `${path || 'the metadata'} is not an object`);
    }
    this.#fields = value as Record<string, unknown>;
  }

  /** Opens the JSON of a section. */
  static open(id: FileId, section: Section): MetaReader {
    return new MetaReader(id, section.offset, '', parse(id, section));
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }

  text(name: string): string {
    const value = this.#take(name);
    if (typeof value !== 'string' || value.length > TEXT_CHARS_MAX) throw this.#wrong(name, 'a text');
    return value;
  }

  /** A whole number of `min`..`max`. */
  count(name: string, max: number = Number.MAX_SAFE_INTEGER, min = 0): number {
    const value = this.#take(name);
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
      throw this.#wrong(name, `a whole number, ${min}..${max}`);
    }
    return value as number;
  }

  /** Any finite number that is not negative. */
  amount(name: string): number {
    const value = this.#take(name);
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      throw this.#wrong(name, 'a number, 0 or more');
    return value;
  }

  object(name: string): MetaReader {
    return new MetaReader(this.#id, this.#offset, this.#pathOf(name), this.#take(name));
  }

  /** Up to `max` objects. */
  list(name: string, max: number): MetaReader[] {
    const value = this.#take(name);
    if (!Array.isArray(value) || value.length > max) throw this.#wrong(name, `a list of at most ${max}`);
    return value.map(
      (item, index) => new MetaReader(this.#id, this.#offset, `${this.#pathOf(name)}[${index}]`, item),
    );
  }

  /** All fields of this object as whole numbers, by name; names keep the file's order. */
  counts(max = 256): Record<string, number> {
    const names = Object.keys(this.#fields);
    if (names.length > max) throw this.fail(`has more than ${max} fields`);
    return Object.fromEntries(names.map((name) => [name, this.count(name)]));
  }

  /** Refuses fields that were never asked for. */
  end(): void {
    const extra = Object.keys(this.#fields).find((name) => !this.#asked.has(name));
    if (extra !== undefined) throw this.fail(`has an unknown field ${JSON.stringify(extra)}`);
  }

  fail(what: string): OverbookError {
    return corrupt(this.#id, this.#offset, `${this.#path || 'the metadata'} ${what}`);
  }

  #take(name: string): unknown {
    this.#asked.add(name);
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  #wrong(name: string, wanted: string): OverbookError {
    return corrupt(this.#id, this.#offset, `${this.#pathOf(name)} is not ${wanted}`);
  }
}

/** The bytes of a META section: JSON in UTF-8, fields in the order given. */
export function metaBytes(fields: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(fields));
}

function parse(id: FileId, section: Section): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(section.bytes));
  } catch (cause) {
    throw corrupt(id, section.offset, 'the metadata is not JSON', cause);
  }
}
