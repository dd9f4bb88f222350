/** Where bytes come from: memory or an open file, read front to back, never more than asked for. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { unreadable } from '../messages.ts';

/** Random access to a known number of bytes. */
export interface ByteSource {
  readonly size: number;
  /** Up to `length` bytes from `offset`; fewer only at the end. The result may be a view: do not write to it. */
  read(offset: number, length: number): Uint8Array;
}

/** Bytes already in memory; reads are views. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/** Opens a file, hands its bytes to `use`, and closes it whatever happens. Throws OVB_FILE_UNREADABLE. */
export function withFile<T>(path: string, use: (source: ByteSource) => T): T {
  const descriptor = open(path);
  try {
    return use({
      size: sizeOf(path, descriptor),
      read: (offset, length) => readAt(path, descriptor, offset, length),
    });
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function sizeOf(path: string, descriptor: number): number {
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) throw unreadable(path, new Error('is not a regular file'));
  return stat.size;
}

function readAt(path: string, descriptor: number, offset: number, length: number): Uint8Array {
  const buffer = new Uint8Array(length);
  let count = 0;
  try {
    while (count < length) {
      const got = readSync(descriptor, buffer, count, length - count, offset + count);
      if (got === 0) break;
      count += got;
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return buffer.subarray(0, count);
}
