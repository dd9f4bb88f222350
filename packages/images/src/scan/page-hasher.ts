/**
 * Keys and fill classes of pages, a window at a time: by the WebAssembly kernel where the machine has SIMD, else by
 * @node-rs/xxhash. Both give the same figures.
 */
import { FILL_ZERO, PAGE_BYTES } from '@overbook/core/units';
import { fillOf } from './page-fill.ts';
import { xxhashLibrary } from '../native-libraries.ts';
import { KERNEL_SECRET, kernelModule, WINDOW_AT, ZERO_PAGE_KEY } from './page-kernel.ts';

/** Works on the pages that its window holds. One for each thread: a window is not shared. */
export interface PageHasher {
  /** Read pages into here. Whole pages; the size asked for. */
  readonly window: Uint8Array<ArrayBuffer>;
  /** Two words a page, low then high; valid until the next `run`. */
  readonly keys: Uint32Array;
  /** Fill class a page; valid until the next `run`. */
  readonly fills: Uint8Array;
  /** Keys and classifies the first `count` pages of the window. */
  run(count: number): void;
}

interface Kernel {
  pages(page: number, count: number, keys: number, fills: number): void;
}

/** The part of the WebAssembly JavaScript API that is used here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  validate(code: Uint8Array<ArrayBuffer>): boolean;
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: object } },
  ) => { readonly exports: object };
};

const WASM_PAGE_BYTES = 65_536;

/** A hasher with a window of `pages` pages (up to 262,144). `simd: false` takes the slow way, for comparison. */
export function pageHasher(pages: number, options: { readonly simd?: boolean } = {}): PageHasher {
  const windowBytes = pages * PAGE_BYTES;
  const keysAt = WINDOW_AT + windowBytes;
  const fillsAt = keysAt + pages * 8;
  const memoryPages = Math.ceil((fillsAt + pages) / WASM_PAGE_BYTES);
  const code = kernelModule(memoryPages);
  if (options.simd === false || !WebAssembly.validate(code)) return plainHasher(pages);
  const memory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
  const kernel = exports as Kernel;
  const { buffer } = memory;
  new Uint8Array(buffer).set(KERNEL_SECRET, 0);
  return {
    window: new Uint8Array(buffer, WINDOW_AT, windowBytes),
    keys: new Uint32Array(buffer, keysAt, pages * 2),
    fills: new Uint8Array(buffer, fillsAt, pages),
    run: (count) => {
      if (count > pages) throw new RangeError(`${count} pages in a window of ${pages}`);
      if (count > 0) kernel.pages(WINDOW_AT, count, keysAt, fillsAt);
    },
  };
}

function plainHasher(pages: number): PageHasher {
  const { xxh3 } = xxhashLibrary();
  const window = new Uint8Array(pages * PAGE_BYTES);
  const words = new Uint32Array(window.buffer);
  const keys = new Uint32Array(pages * 2);
  const fills = new Uint8Array(pages);
  return {
    window,
    keys,
    fills,
    run: (count) => {
      for (let page = 0; page < count; page++) {
        const at = page * PAGE_BYTES;
        fills[page] = fillOf(words.subarray(at / 4, at / 4 + PAGE_BYTES / 4));
        const key =
          fills[page] === FILL_ZERO ? ZERO_PAGE_KEY : xxh3.xxh64(window.subarray(at, at + PAGE_BYTES));
        keys[page * 2] = Number(key & 0xffff_ffffn);
        keys[page * 2 + 1] = Number(key >> 32n);
      }
    },
  };
}
