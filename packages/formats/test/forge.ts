/** Makes files that lie with good checksums: sections are taken out, edited and packed again. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { FileKind, Section } from '../src/index.ts';
import { ContainerWriter, memorySource, readSections } from '../src/index.ts';

export type Part = Pick<Section, 'tag' | 'bytes'>;

/** The sections of a file of ours. */
export function partsOf(file: Uint8Array, kind: FileKind): Part[] {
  return [...readSections(memorySource(file), { kind, name: 'forged' })];
}

/** A file of those sections and that version, with every checksum right. */
export function forge(parts: readonly Part[], kind: FileKind, version = 1): Uint8Array {
  const pieces: Uint8Array[] = [];
  const id = { kind, name: 'forged' };
  const writer = new ContainerWriter(id, (piece) => pieces.push(piece), { quality: 1 }, version);
  for (const { tag, bytes } of parts) writer.section(tag, bytes);
  writer.end();
  return Buffer.concat(pieces);
}

/** The same file with one field of its META changed; `path` like `totals.contents` or `snapshots.0.label`. */
export function withMeta(file: Uint8Array, kind: FileKind, path: string, value: unknown): Uint8Array {
  const parts = partsOf(file, kind);
  const meta = JSON.parse(Buffer.from(parts[0]!.bytes).toString()) as Record<string, unknown>;
  const names = path.split('.');
  let target = meta;
  for (const name of names.slice(0, -1)) target = target[name] as Record<string, unknown>;
  target[names[names.length - 1]!] = value;
  const changed = { tag: 'META', bytes: Buffer.from(JSON.stringify(meta)) };
  return forge([changed, ...parts.slice(1)], kind, file[8]);
}

/** What a call throws, as its code; undefined when it throws nothing. Anything but our error is thrown on. */
export function codeOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'OverbookError')
      return (error as Error & { code: string }).code;
    throw error;
  }
}

/**
 * '' when a decoder did right by whatever it was given: it refused it with an error of ours whose code matches, or
 * took it and comes to the same value again after writing and reading it.
 */
export function verdict<T>(decode: () => T, again: (value: T) => T, code: RegExp): string {
  let value: { readonly read: T } | undefined;
  const refusal = codeOf(() => (value = { read: decode() }));
  if (value === undefined) return code.test(refusal ?? '') ? '' : `refused with ${refusal}`;
  return isDeepStrictEqual(again(value.read), value.read) ? '' : 'another value after writing and reading it';
}

/** One injury to a file's bytes. Places are fractions of its length. */
export interface Damage {
  readonly kind: 'flip' | 'cut' | 'insert' | 'drop' | 'copy';
  readonly place: number;
  readonly other: number;
  readonly byte: number;
}

export const anyDamage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'insert', 'drop', 'copy'),
  place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  other: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  byte: fc.integer({ min: 1, max: 255 }),
});

/** The file after the injury. */
export function damaged(file: Uint8Array, { kind, place, other, byte }: Damage): Uint8Array {
  const at = Math.floor(place * file.length);
  const till = Math.floor(other * file.length);
  const [low, high] = at < till ? [at, till] : [till, at];
  if (kind === 'cut') return file.slice(0, at);
  if (kind === 'insert') return Buffer.concat([file.subarray(0, at), Buffer.of(byte), file.subarray(at)]);
  if (kind === 'drop') return Buffer.concat([file.subarray(0, low), file.subarray(high)]);
  if (kind === 'copy') return Buffer.concat([file.subarray(0, high), file.subarray(low)]);
  const flipped = Uint8Array.from(file);
  flipped[at]! ^= byte;
  return flipped;
}

/** Edits inside sections, with the checksums made right again: bytes changed, cut or added, sections moved. */
export function anyLie(kind: FileKind): fc.Arbitrary<(file: Uint8Array) => Uint8Array> {
  return fc
    .tuple(fc.nat(20), anyDamage, fc.constantFrom('bytes', 'bytes', 'bytes', 'swap', 'twice', 'away'))
    .map(([which, damage, how]) => (file) => {
      const parts = partsOf(file, kind);
      const at = which % parts.length;
      const part = parts[at]!;
      if (how === 'swap') [parts[at], parts[0]] = [parts[0]!, part];
      else if (how === 'twice') parts.splice(at, 0, part);
      else if (how === 'away') parts.splice(at, 1);
      else parts[at] = { tag: part.tag, bytes: damaged(part.bytes, damage) };
      return forge(parts, kind, file[8]);
    });
}

/** Seed of this fuzz run, from OVB_SEED; printed so that a failure can be pasted. */
export function seedOf(file: string): number {
  const seed = Number(process.env['OVB_SEED'] ?? 0x0b00c) | 0;
  console.info(`OVB_SEED=${process.env['OVB_SEED'] ?? '0x0b00c'} npx vitest run ${file}`);
  return seed;
}
