/** A schema's options as rows for people: `overbook strategies show`, READMEs, docs/scenarios.md. */
import { z } from 'zod';

/** JSON Schema, as far as it is read here. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly additionalProperties?: SchemaNode | boolean;
  readonly title?: string;
  readonly assumedRange?: AssumedRange;
}

/** Between what and what an assumed default may lie, as its schema states: `.meta({ assumedRange })`. */
export interface AssumedRange {
  readonly low: number;
  readonly high: number;
  /** Who says so, or that it is assumed too. */
  readonly source: string;
}

export interface OptionRow {
  readonly name: string;
  /** What may be given: `text`, `0..2`, `random, lru`. */
  readonly values: string;
  /** Default as JSON; absent where there is none. */
  readonly default?: string;
  readonly description: string;
  /** Of an option whose default is assumed; `whole`: only whole numbers are values. */
  readonly assumedRange?: AssumedRange & { readonly whole: boolean };
}

/** Options that belong together: all of a plugin, or those of one of its modes. */
export interface OptionGroup {
  /** `mode ksm`; absent where there is one group only. */
  readonly title?: string;
  readonly rows: readonly OptionRow[];
}

/** Options of a plugin, in the order of its schema; a schema of several modes gives a group for each. */
export function optionGroups(schema: z.ZodType): readonly OptionGroup[] {
  const node = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SchemaNode;
  const modes = node.oneOf ?? node.anyOf;
  if (modes === undefined) return [{ rows: rowsOf(node) }];
  return modes.map((mode, i) => ({ title: titleOf(mode) ?? `variant ${i + 1}`, rows: rowsOf(mode) }));
}

/** The one property that tells a mode apart. */
function titleOf({ properties = {} }: SchemaNode): string | undefined {
  const [name, node] = Object.entries(properties).find(([, property]) => property.const !== undefined) ?? [];
  return name === undefined ? undefined : `${name} ${shown(node!.const)}`;
}

function rowsOf({ properties = {} }: SchemaNode): readonly OptionRow[] {
  return Object.entries(properties).map(([name, node]) => ({
    name,
    values: valuesOf(node),
    ...(node.default === undefined ? {} : { default: JSON.stringify(node.default) }),
    description: node.description ?? '',
    ...(node.assumedRange === undefined
      ? {}
      : { assumedRange: { ...node.assumedRange, whole: node.type === 'integer' } }),
  }));
}

/** Integers without a bound of their own carry JavaScript's. */
function isBound(value: number | undefined): value is number {
  return value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What a value may be, in a few words. */
export function valuesOf(node: SchemaNode): string {
  if (node.const !== undefined) return shown(node.const);
  if (node.enum !== undefined) return node.enum.map(shown).join(', ');
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(valuesOf))].join(' or ');
  if (node.type === 'array') return `list of ${node.items === undefined ? 'values' : valuesOf(node.items)}`;
  if (node.type === 'object') return 'map';
  if (node.type === 'boolean') return 'true, false';
  if (node.type === 'string')
    return node.examples === undefined ? 'text' : `e.g. ${node.examples.map(shown).join(' or ')}`;
  return numbersOf(node);
}

function numbersOf(node: SchemaNode): string {
  const kind = node.type === 'integer' ? 'whole number' : 'number';
  const low = node.exclusiveMinimum ?? node.minimum;
  const high = node.exclusiveMaximum ?? node.maximum;
  if (isBound(low) && isBound(high)) return `${kind} ${low}..${high}`;
  if (isBound(low)) return `${kind} ${node.exclusiveMinimum === undefined ? 'from' : 'above'} ${low}`;
  return isBound(high) ? `${kind} up to ${high}` : kind;
}
