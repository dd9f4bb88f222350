import type { Contents, Mfn } from '@overbook/core';
import { PAGE_BYTES } from '@overbook/core';

/** Where a compressed form lies: bytes from `offset` on, which run on from the end of one frame into the next. */
export interface Slot {
  readonly frames: readonly Mfn[];
  readonly offset: number;
  readonly bytes: number;
}

export function writeSlot(contents: Contents, { frames, offset }: Slot, form: Uint8Array): void {
  for (let done = 0; done < form.length;) {
    const at = (offset + done) % PAGE_BYTES;
    const part = form.subarray(done, done + PAGE_BYTES - at);
    contents.view(frames[Math.floor((offset + done) / PAGE_BYTES)]!).set(part, at);
    done += part.length;
  }
}

/** The bytes of a slot: a view of its frame where it lies within one, else a copy. */
export function readSlot(contents: Contents, { frames, offset, bytes }: Slot): Uint8Array {
  const first = Math.floor(offset / PAGE_BYTES);
  const at = offset % PAGE_BYTES;
  if (at + bytes <= PAGE_BYTES) return contents.view(frames[first]!).subarray(at, at + bytes);
  const form = new Uint8Array(bytes);
  for (let done = 0; done < bytes;) {
    const from = (offset + done) % PAGE_BYTES;
    const view = contents.view(frames[Math.floor((offset + done) / PAGE_BYTES)]!);
    const part = view.subarray(from, Math.min(PAGE_BYTES, from + bytes - done));
    form.set(part, done);
    done += part.length;
  }
  return form;
}
