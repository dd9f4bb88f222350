/**
 * What is done to every page of an image, as WebAssembly SIMD: is it filled with one 8-byte word, and which
 * XXH3-64 key does it have. XXH3 (Collet; xxHash specification, "XXH3 algorithm", long inputs, seed 0) over
 * exactly 4096 bytes is 3 blocks of 16 stripes with a scramble after each, 15 more stripes, and the last 64 bytes
 * again.
 */
import { FILL_OTHER, FILL_SAME, FILL_ZERO, PAGE_BYTES } from '@overbook/core/units';
import type { Code, WasmFunction } from './wasm-assembler.ts';
import {
  call,
  branchIf,
  I32,
  I64,
  V128,
  i32Add,
  i32Const,
  i32Store8,
  i32Sub,
  i32x4Shuffle,
  i64Add,
  i64And,
  i64Const,
  i64Eqz,
  i64Load,
  i64Mul,
  i64ShrU,
  i64Store,
  i64Xor,
  i64x2Add,
  i64x2ExtmulHighI32x4U,
  i64x2ExtmulLowI32x4U,
  i64x2ExtractLane,
  i64x2Mul,
  i64x2ShrU,
  ifElse,
  localGet,
  localSet,
  localTee,
  loop,
  v128AnyTrue,
  v128Const,
  v128Load,
  v128Load64Splat,
  v128Or,
  v128Xor,
  wasmModule,
  wasmReturn,
} from './wasm-assembler.ts';

/** The 192 bytes of XXH3's default secret (xxhash.h, XXH3_kSecret). */
const SECRET = Buffer.from(
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221' +
    'b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8' +
    'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb' +
    '170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e',
  'hex',
);
const P32_1 = 0x9e3779b1n;
const P64_1 = 0x9e3779b185ebca87n;
const START: readonly bigint[] = [
  0xc2b2ae3dn, // PRIME32_3
  P64_1,
  0xc2b2ae3d27d4eb4fn, // PRIME64_2
  0x165667b19e3779f9n, // PRIME64_3
  0x85ebca77c2b2ae63n, // PRIME64_4
  0x85ebca77n, // PRIME32_2
  0x27d4eb2f165667c5n, // PRIME64_5
  P32_1,
];
const MULTIPLIER = 0x165667919e3779f9n; // of the avalanche

const STRIPE_BYTES = 64;
const BLOCK_BYTES = 1024;
const VECTORS = [0, 1, 2, 3] as const;
/** Windows begin here; the secret lies below. */
export const WINDOW_AT = 1024;
/** XXH3-64 of 4096 zero bytes. */
export const ZERO_PAGE_KEY = 0x93d76fe148c689ban;
const SECRET_AT = 0;

// Locals of the function that hashes, by number.
const [PAGE, STRIPE, KEY_AT, LEFT] = [0, 1, 2, 3];
const ACC = 4; // 4..7
const [DATA_A, DATA_B, KEY_A, KEY_B] = [8, 9, 10, 11];
const [SUM, A, B, MID, MID2] = [12, 13, 14, 15, 16];

function secretWord(at: number): bigint {
  return SECRET.readBigUInt64LE(at);
}

/** Adds one stripe (64 bytes at `STRIPE` + offset) under the secret at `KEY_AT` + keyOffset to the eight sums. */
function accumulate(offset: number, keyOffset: number): Code {
  return [0, 2].flatMap((pair) => [
    ...keyed(offset + pair * 16, keyOffset + pair * 16, DATA_A),
    ...localSet(KEY_A),
    ...keyed(offset + pair * 16 + 16, keyOffset + pair * 16 + 16, DATA_B),
    ...localSet(KEY_B),
    ...addTo(ACC + pair, DATA_A, i64x2ExtmulLowI32x4U),
    ...addTo(ACC + pair + 1, DATA_B, i64x2ExtmulHighI32x4U),
  ]);
}

/** Loads 16 bytes into `data` and leaves them under the secret on the stack. */
function keyed(offset: number, keyOffset: number, data: number): Code {
  return [
    ...localGet(STRIPE),
    ...v128Load(offset),
    ...localTee(data),
    ...localGet(KEY_AT),
    ...v128Load(keyOffset),
    ...v128Xor,
  ];
}

/**
 * sum[i] += low × high of the keyed word; sum[i ^ 1] += the word itself. The low halves of two vectors and their
 * high halves are together, so that `product` takes either vector's part.
 */
function addTo(sum: number, data: number, product: Code): Code {
  return [
    ...localGet(KEY_A),
    ...localGet(KEY_B),
    ...i32x4Shuffle(0, 2, 4, 6),
    ...localGet(KEY_A),
    ...localGet(KEY_B),
    ...i32x4Shuffle(1, 3, 5, 7),
    ...product,
    ...localGet(data),
    ...localGet(data),
    ...i32x4Shuffle(2, 3, 0, 1),
    ...i64x2Add,
    ...localGet(sum),
    ...i64x2Add,
    ...localSet(sum),
  ];
}

const scramble: Code = VECTORS.flatMap((vector) => [
  ...localGet(ACC + vector),
  ...localGet(ACC + vector),
  ...i32Const(47),
  ...i64x2ShrU,
  ...v128Xor,
  ...v128Const(secretWord(128 + vector * 16), secretWord(136 + vector * 16)),
  ...v128Xor,
  ...v128Const(P32_1, P32_1),
  ...i64x2Mul,
  ...localSet(ACC + vector),
]);

function low32(local: number): Code {
  return [...localGet(local), ...i64Const(0xffffffffn), ...i64And];
}
function high32(local: number): Code {
  return [...localGet(local), ...i64Const(32n), ...i64ShrU];
}

/** SUM += (A × B as 128 bits) folded to 64. The four partial products cannot overflow 64 bits with their carries. */
const addFolded: Code = [
  ...low32(A),
  ...high32(B),
  ...i64Mul,
  ...low32(A),
  ...low32(B),
  ...i64Mul,
  ...i64Const(32n),
  ...i64ShrU,
  ...i64Add,
  ...localSet(MID),
  ...high32(A),
  ...low32(B),
  ...i64Mul,
  ...low32(MID),
  ...i64Add,
  ...localSet(MID2),
  ...high32(A),
  ...high32(B),
  ...i64Mul,
  ...high32(MID),
  ...i64Add,
  ...high32(MID2),
  ...i64Add,
  ...localGet(A),
  ...localGet(B),
  ...i64Mul,
  ...i64Xor,
  ...localGet(SUM),
  ...i64Add,
  ...localSet(SUM),
];

const merge: Code = [
  ...i64Const(BigInt(PAGE_BYTES) * P64_1),
  ...localSet(SUM),
  ...VECTORS.flatMap((vector) => [
    ...localGet(ACC + vector),
    ...i64x2ExtractLane(0),
    ...i64Const(secretWord(11 + vector * 16)),
    ...i64Xor,
    ...localSet(A),
    ...localGet(ACC + vector),
    ...i64x2ExtractLane(1),
    ...i64Const(secretWord(19 + vector * 16)),
    ...i64Xor,
    ...localSet(B),
    ...addFolded,
  ]),
];

function shiftedXor(bits: bigint): Code {
  return [...localGet(SUM), ...localGet(SUM), ...i64Const(bits), ...i64ShrU, ...i64Xor];
}

function step(local: number, by: number): Code {
  return [...localGet(local), ...i32Const(by), ...i32Add, ...localSet(local)];
}
/** Runs `body` `times` times, counting LEFT down to 0. */
function repeat(times: number, body: Code): Code {
  return [
    ...i32Const(times),
    ...localSet(LEFT),
    ...loop(body, localGet(LEFT), i32Const(1), i32Sub, localTee(LEFT), branchIf(0)),
  ];
}
/**
 * `count` stripes, the secret from its start. Not unrolled: the compiler keeps the sums in registers only in short
 * loops.
 */
function stripes(count: number): Code {
  return [
    ...i32Const(SECRET_AT),
    ...localSet(KEY_AT),
    ...repeat(count, [...accumulate(0, 0), ...step(STRIPE, STRIPE_BYTES), ...step(KEY_AT, 8)]),
  ];
}
const fullBlock: Code = [...stripes(BLOCK_BYTES / STRIPE_BYTES), ...scramble];

/** Key of the page at an address. */
const hash: WasmFunction = {
  parameters: [I32],
  result: I64,
  locals: [I32, I32, I32, V128, V128, V128, V128, V128, V128, V128, V128, I64, I64, I64, I64, I64],
  body: [
    ...VECTORS.flatMap((vector) => [
      ...v128Const(START[vector * 2]!, START[vector * 2 + 1]!),
      ...localSet(ACC + vector),
    ]),
    ...localGet(PAGE),
    ...localSet(STRIPE),
    ...fullBlock,
    ...fullBlock,
    ...fullBlock,
    ...stripes(BLOCK_BYTES / STRIPE_BYTES - 1),
    ...i32Const(SECRET_AT),
    ...localSet(KEY_AT),
    ...accumulate(0, 121),
    ...merge,
    ...shiftedXor(37n),
    ...i64Const(MULTIPLIER),
    ...i64Mul,
    ...localSet(SUM),
    ...shiftedXor(32n),
  ],
};

/** Is the page its first 8 bytes over and over? Looks at 64 bytes at a time. */
const [FILL_PAGE, FILL_LEFT, WORD] = [0, 1, 2];
const isFilled: WasmFunction = {
  parameters: [I32],
  result: I32,
  locals: [I32, V128],
  body: [
    ...localGet(FILL_PAGE),
    ...v128Load64Splat(0),
    ...localSet(WORD),
    ...i32Const(PAGE_BYTES / STRIPE_BYTES),
    ...localSet(FILL_LEFT),
    ...loop(
      VECTORS.flatMap((vector) => [
        ...localGet(FILL_PAGE),
        ...v128Load(vector * 16),
        ...localGet(WORD),
        ...v128Xor,
        ...(vector === 0 ? [] : v128Or),
      ]),
      v128AnyTrue,
      ifElse([i32Const(0), wasmReturn], []),
      step(FILL_PAGE, STRIPE_BYTES),
      localGet(FILL_LEFT),
      i32Const(1),
      i32Sub,
      localTee(FILL_LEFT),
      branchIf(0),
    ),
    ...i32Const(1),
  ],
};

const [FIRST, COUNT, KEYS, FILLS] = [0, 1, 2, 3];
const [IS_FILLED, HASH] = [0, 1];
function storeFill(fill: number): Code {
  return [...localGet(FILLS), ...i32Const(fill), ...i32Store8(0)];
}
function storeKey(key: Code): Code {
  return [...localGet(KEYS), ...key, ...i64Store(0)];
}
const hashOfPage: Code = [...localGet(FIRST), ...call(HASH)];

/** `pages(first, count, keys, fills)`: 8 bytes of key and 1 byte of fill class a page. */
const pages: WasmFunction = {
  name: 'pages',
  parameters: [I32, I32, I32, I32],
  locals: [],
  body: loop(
    localGet(FIRST),
    call(IS_FILLED),
    ifElse(
      [
        localGet(FIRST),
        i64Load(0),
        i64Eqz,
        // Zero pages are many, and their key is known.
        ifElse(
          [storeFill(FILL_ZERO), storeKey(i64Const(ZERO_PAGE_KEY))],
          [storeFill(FILL_SAME), storeKey(hashOfPage)],
        ),
      ],
      [storeFill(FILL_OTHER), storeKey(hashOfPage)],
    ),
    step(KEYS, 8),
    step(FILLS, 1),
    step(FIRST, PAGE_BYTES),
    localGet(COUNT),
    i32Const(1),
    i32Sub,
    localTee(COUNT),
    branchIf(0),
  ),
};

/** XXH3's default secret: `pages` expects it at address 0. */
export const KERNEL_SECRET: Uint8Array = SECRET;

/** The module's bytes; `memoryPages` of 64 KiB are imported. */
export function kernelModule(memoryPages: number): Uint8Array<ArrayBuffer> {
  return wasmModule([isFilled, hash, pages], memoryPages);
}
