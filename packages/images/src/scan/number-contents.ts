/** Numbers all contents of a set: keys by the threads, numbers here. */
import { FILL_SAME, FILL_ZERO } from '@overbook/core/units';
import { ContentBook, NO_CONTENT, ZERO_CONTENT } from './content-book.ts';
import type { GuestMemory } from './memory-set.ts';
import { layoutZeroPages } from './memory-set.ts';
import { spanBytes, taskSpans } from './row-ranges.ts';
import type { ScanOptions } from './scan-request.ts';
import type { WorkTask } from './work-plan.ts';
import { KIND_UNKNOWN } from './work-plan.ts';
import type { WorkPool } from './work-pool.ts';

/** Hashes all images; numbers contents in the order of guests and rows, whatever the order of the workers. */
export async function keyContents(
  guests: readonly GuestMemory[],
  scanned: readonly number[],
  pool: WorkPool,
  zeroKey: Uint32Array,
  options: ScanOptions,
): Promise<ContentBook> {
  const book = new ContentBook(zeroKey);
  const tasks: WorkTask[] = [];
  const spans: { readonly guest: number; readonly from: number; readonly to: number }[] = [];
  for (const [image, guest] of scanned.entries()) {
    for (const span of taskSpans(guests[guest]!.rows)) {
      tasks.push({ kind: 'hash', image, ...span });
      spans.push({ guest, ...span });
    }
  }
  const totalBytes = spans.reduce((sum, span) => sum + spanBytes(span), 0);
  let doneBytes = 0;
  let booked = 0; // guests before this one are numbered
  const bookDigestsUpTo = (guest: number): void => {
    for (; booked < guest; booked++)
      if (!scanned.includes(booked)) number(guests, booked, 0, guests[booked]!.rows, book);
  };
  const answers = await pool.runAll(tasks, (index) => {
    const { guest, from, to } = spans[index]!;
    bookDigestsUpTo(guest);
    booked = guest;
    number(guests, guest, from, to, book);
    doneBytes += spanBytes(spans[index]!);
    options.onProgress?.({ phase: 'read', doneBytes, totalBytes });
  });
  bookDigestsUpTo(guests.length);
  for (const guest of guests) book.count(ZERO_CONTENT, layoutZeroPages(guest));
  for (const { filled } of answers)
    for (const { keyLo, keyHi, word } of filled ?? [])
      book.words.set(book.add(keyLo, keyHi, FILL_SAME, 0, 0), word);
  return book;
}

function number(
  guests: readonly GuestMemory[],
  guest: number,
  from: number,
  to: number,
  book: ContentBook,
): void {
  const { content, columns } = guests[guest]!;
  const { keys, kinds } = columns;
  for (let row = from; row < to; row++) {
    const kind = kinds[row]!;
    if (kind === FILL_ZERO) content[row] = book.count(ZERO_CONTENT);
    else if (kind >= KIND_UNKNOWN) content[row] = NO_CONTENT;
    else content[row] = book.count(book.add(keys[row * 2]!, keys[row * 2 + 1]!, kind, guest, row));
  }
}
