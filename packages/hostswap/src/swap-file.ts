import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import type { Contents, Mfn, SlotStore } from '@overbook/core';
import { OverbookError, PAGE_BYTES } from '@overbook/core';

/**
 * A VM's swap file on a host with real bytes: slot n at byte n × 4096, a CRC-32 of every slot kept in memory.
 * A page that cannot be written or does not read back as written stops the run; a wrong page is never handed
 * to a guest.
 */
export class SwapFile implements SlotStore {
  readonly #path: string;
  readonly #file: number;
  readonly #contents: Contents;
  readonly #checksums = new Map<number, number>();

  constructor(path: string, contents: Contents) {
    this.#path = path;
    this.#contents = contents;
    this.#file = this.#io('open', () => openSync(path, 'w+'));
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
      const why = error instanceof Error ? error.message : String(error);
      throw new OverbookError(
        'OVB_SWAP_IO',
        this.#path,
        `cannot ${what} the swap file: ${why}`,
        'Free space there, or name another `directory`.',
        error,
      );
    }
  }

  #error(code: 'OVB_SWAP_CORRUPT' | 'OVB_SWAP_IO', slot: number, what: string): OverbookError {
    return new OverbookError(
      code,
      `${this.#path}:0x${(slot * PAGE_BYTES).toString(16)}`,
      what,
      'The device or another process damaged the file; run again on a sound device.',
    );
  }
}

/** The swap files of one host: one a VM, in a folder of their own that goes when the host goes. */
export class SwapFolder {
  readonly #path: string;
  readonly #files: SwapFile[] = [];

  /** @throws OVB_SWAP_IO when the folder cannot be made */
  constructor(directory: string | undefined) {
    try {
      this.#path = mkdtempSync(join(directory ?? tmpdir(), 'overbook-swap-'));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new OverbookError(
        'OVB_SWAP_IO',
        directory ?? tmpdir(),
        `cannot make a folder for swap files: ${why}`,
        'Name a writable `directory`.',
        error,
      );
    }
  }

  file(vm: string, contents: Contents): SwapFile {
    const file = new SwapFile(
      join(this.#path, `${this.#files.length}-${vm.replace(/[^\w.-]/g, '_')}.vswp`),
      contents,
    );
    this.#files.push(file);
    return file;
  }

  remove(): void {
    for (const file of this.#files.splice(0)) file.close();
    rmSync(this.#path, { recursive: true, force: true });
  }
}
