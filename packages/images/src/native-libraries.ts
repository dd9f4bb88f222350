/**
 * Native libraries, each loaded when it is first used: a thread that does without one starts some 30 ms sooner.
 * They are CommonJS, so that this needs no waiting.
 */
import { createRequire } from 'node:module';

type Xxhash = typeof import('@node-rs/xxhash');
type Lz4 = typeof import('lz4-napi');
type Snappy = typeof import('snappy');

const load = createRequire(import.meta.url);
let xxhash: Xxhash | undefined;
let lz4: Lz4 | undefined;
let snappy: Snappy | undefined;

export function xxhashLibrary(): Xxhash {
  return (xxhash ??= load('@node-rs/xxhash') as Xxhash);
}
export function lz4Library(): Lz4 {
  return (lz4 ??= load('lz4-napi') as Lz4);
}
export function snappyLibrary(): Snappy {
  return (snappy ??= load('snappy') as Snappy);
}
