import { closeSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

import type { Contents, Mfn, SlotStore } from '@overbook/core';
import { OverbookError, PAGE_BYTES } from '@overbook/core';

/**
 * A VM's swap file on a host with real bytes: slot n at byte n × 4096, a CRC-32 of every slot kept in memory.
 * A page that cannot be written or does not read back as written stops the run; a wrong page is never handed
 * to a guest.
 */
export class SwapFile implements SlotStore {
  readonly #name: string;
  readonly #file: number;
  readonly #contents: Contents;
  readonly #checksums = new Map<number, number>();

  /** @param file open for reading and writing; closed by `close` @param name for messages */
  constructor(file: number, name: string, contents: Contents) {
    this.#file = file;
    this.#name = name;
    this.#contents = contents;
  }

  /** @throws OVB_SWAP_IO when the device is full or fails */
  save(slot: number, from: Mfn): void {
    const page = this.#contents.view(from);
    const written = this.#io('write', () => writeSync(this.#file, page, 0, PAGE_BYTES, slot * PAGE_BYTES));
    if (written !== PAGE_BYTES)
      throw this.#error('OVB_SWAP_IO', slot, `only ${written} of ${PAGE_BYTES} bytes were written`);
    this.#checksums.set(slot, crc32(page));
  }

  /** @throws OVB_SWAP_IO, OVB_SWAP_CORRUPT */
  load(slot: number, into: Mfn): void {
    const page = this.#contents.view(into);
    const read = this.#io('read', () => readSync(this.#file, page, 0, PAGE_BYTES, slot * PAGE_BYTES));
    if (read !== PAGE_BYTES)
      throw this.#error('OVB_SWAP_CORRUPT', slot, `the file ends after ${read} bytes of the slot`);
    if (crc32(page) !== this.#checksums.get(slot))
      throw this.#error('OVB_SWAP_CORRUPT', slot, 'the slot does not hold what was written to it');
  }

  drop(slot: number): void {
    this.#checksums.delete(slot);
  }

  close(): void {
    ftruncateSync(this.#file, 0);
    closeSync(this.#file);
  }

  #io<T>(what: string, run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw swapError(
        this.#name,
        `cannot ${what} the swap file`,
        'Free space there, or set another `directory`.',
        error,
      );
    }
  }

  #error(code: 'OVB_SWAP_CORRUPT' | 'OVB_SWAP_IO', slot: number, what: string): OverbookError {
    return new OverbookError(
      code,
      `${this.#name}:0x${(slot * PAGE_BYTES).toString(16)}`,
      what,
      'Run again on a sound device: the device or another process damaged the file.',
    );
  }
}

/** What the file system refused. */
export function swapError(at: string, what: string, mend: string, cause: unknown): OverbookError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new OverbookError('OVB_SWAP_IO', at, `${what}: ${why}`, mend, cause);
}
