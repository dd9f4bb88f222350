/**
 * A few dozen WebAssembly instructions by name, and the module around them: enough to keep a hot loop as readable
 * source without a compiler in the build. Encoding: WebAssembly Core Specification 2.0, section 5 (Binary Format).
 */

/** Bytes of instructions; builders nest, so that code reads as it runs. */
export type Code = readonly number[];

export const I32 = 0x7f;
export const I64 = 0x7e;
export const V128 = 0x7b;
const EMPTY_BLOCK = 0x40;

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128 of up to 64 bits. */
export function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

function simd(opcode: number, ...immediates: readonly number[]): Code {
  return [0xfd, ...unsigned(opcode), ...immediates];
}
/** Memory operand: alignment as a power of two (a hint only), byte offset. */
function memory(align: number, offset: number): number[] {
  return [align, ...unsigned(offset)];
}

export function i32Const(value: number): Code {
  return [0x41, ...signed(BigInt(value | 0))];
}
export function i64Const(value: bigint): Code {
  return [0x42, ...signed(BigInt.asIntN(64, value))];
}
/** Both lanes, low first. */
export function v128Const(low: bigint, high: bigint): Code {
  return simd(12, ...littleEndian(low), ...littleEndian(high));
}

export function localGet(index: number): Code {
  return [0x20, ...unsigned(index)];
}
export function localSet(index: number): Code {
  return [0x21, ...unsigned(index)];
}
export function localTee(index: number): Code {
  return [0x22, ...unsigned(index)];
}

export function i32Load8U(offset: number): Code {
  return [0x2d, ...memory(0, offset)];
}
export function i64Load(offset: number): Code {
  return [0x29, ...memory(0, offset)];
}
export function i32Store8(offset: number): Code {
  return [0x3a, ...memory(0, offset)];
}
export function i64Store(offset: number): Code {
  return [0x37, ...memory(0, offset)];
}
export function v128Load(offset: number): Code {
  return simd(0, ...memory(0, offset));
}
/** Loads 8 bytes into both lanes. */
export function v128Load64Splat(offset: number): Code {
  return simd(10, ...memory(0, offset));
}

export const i32Eqz: Code = [0x45];
export const i32LtU: Code = [0x49];
export const i32Add: Code = [0x6a];
export const i32Sub: Code = [0x6b];
export const i32Ne: Code = [0x47];
export const i64Eqz: Code = [0x50];
export const i64Add: Code = [0x7c];
export const i64Mul: Code = [0x7e];
export const i64And: Code = [0x83];
export const i64Xor: Code = [0x85];
export const i64ShrU: Code = [0x88];

export const v128Xor: Code = simd(81);
export const v128Or: Code = simd(80);
export const v128AnyTrue: Code = simd(83);
export const i64x2Add: Code = simd(206);
export const i64x2Mul: Code = simd(213);
export const i64x2ShrU: Code = simd(205);
export const i64x2Shl: Code = simd(203);
/** Low two (high two) 32-bit lanes of both operands, multiplied to 64 bits. */
export const i64x2ExtmulLowI32x4U: Code = simd(222);
export const i64x2ExtmulHighI32x4U: Code = simd(223);
export function i64x2ExtractLane(lane: number): Code {
  return simd(29, lane);
}
/** Lanes of 32 bits by number: 0..3 of the first operand, 4..7 of the second. */
export function i32x4Shuffle(...lanes: readonly number[]): Code {
  return simd(13, ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)));
}

/** `loop`; `branchIf(0)` inside goes back to its start. */
export function loop(...body: readonly Code[]): Code {
  return [0x03, EMPTY_BLOCK, ...body.flat(), 0x0b];
}
/** `block`; `branchIf(0)` inside leaves it. */
export function block(...body: readonly Code[]): Code {
  return [0x02, EMPTY_BLOCK, ...body.flat(), 0x0b];
}
export function call(position: number): Code {
  return [0x10, ...unsigned(position)];
}
export const wasmReturn: Code = [0x0f];
export function branch(depth: number): Code {
  return [0x0c, ...unsigned(depth)];
}
export function branchIf(depth: number): Code {
  return [0x0d, ...unsigned(depth)];
}
/** Runs `then` when the condition on the stack is not zero, else `otherwise`. */
export function ifElse(then: readonly Code[], otherwise: readonly Code[]): Code {
  return [0x04, EMPTY_BLOCK, ...then.flat(), 0x05, ...otherwise.flat(), 0x0b];
}

/** A function. Locals are numbered after the parameters, in the order given. */
export interface WasmFunction {
  /** Exported under this name; inner functions have none. */
  readonly name?: string;
  readonly parameters: readonly number[];
  readonly result?: number;
  readonly locals: readonly number[];
  readonly body: Code;
}

/** Bytes of a module that imports `env.memory` (at least `pages` of 64 KiB). Functions call each other by position. */
export function wasmModule(functions: readonly WasmFunction[], pages: number): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, result }) => [
    0x60,
    ...vector(parameters.map((type) => [type])),
    ...vector(result === undefined ? [] : [[result]]),
  ]);
  const exported = functions.flatMap(({ name }, index) =>
    name === undefined ? [] : [[...named(name), 0x00, ...unsigned(index)]],
  );
  const bodies = functions.map(({ locals, body }) => {
    const code = [...vector(locals.map((type) => [1, type])), ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...HEADER,
    ...section(1, vector(types)),
    ...section(2, [1, ...named('env'), ...named('memory'), 0x02, 0x00, ...unsigned(pages)]),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(7, vector(exported)),
    ...section(10, vector(bodies)),
  ]);
}

/** `\0asm`, version 1. */
const HEADER: Code = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}
function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}
function named(name: string): Code {
  return [...unsigned(name.length), ...new TextEncoder().encode(name)];
}
function littleEndian(word: bigint): number[] {
  return Array.from({ length: 8 }, (_, byte) =>
    Number((BigInt.asUintN(64, word) >> BigInt(byte * 8)) & 0xffn),
  );
}
