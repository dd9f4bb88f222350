/** What every trace must satisfy, wherever it comes from: checked on import, before writing and after reading. */
import { ACCESS_FETCH, ACCESS_WRITE } from '@overbook/core/units';
import type { OverbookError } from '@overbook/core/units';
import { PAGES_MAX } from '@overbook/formats';
import type { Trace } from './trace.ts';

/** Makes the caller's error from a sentence. */
export type Refuse = (what: string) => OverbookError;

/** Throws what `refuse` makes of the first broken rule. O(runs + pages). */
export function checkTrace(trace: Trace, refuse: Refuse): void {
  checkShape(trace, refuse);
  let instructions = 0;
  for (let interval = 0; interval < trace.intervals; interval++) {
    checkInterval(trace, interval, refuse);
    instructions += trace.instructions[interval]!;
  }
  if (instructions > Number.MAX_SAFE_INTEGER) throw refuse('runs for more than 2^53 instructions');
  const numbers = trace.pageNumbers;
  if (numbers === undefined) return;
  if (numbers.length !== trace.pages)
    throw refuse(`has ${numbers.length} page numbers for ${trace.pages} pages`);
  for (let page = 0; page < numbers.length; page++) {
    if (!Number.isSafeInteger(numbers[page]) || numbers[page]! < 0)
      throw refuse(`page ${page} has the number ${numbers[page]}`);
    if (page > 0 && numbers[page]! <= numbers[page - 1]!)
      throw refuse(`page numbers do not ascend at page ${page}`);
  }
}

function checkShape(trace: Trace, refuse: Refuse): void {
  const runs = trace.runFirst.length;
  if (!Number.isSafeInteger(trace.pages) || trace.pages < 0 || trace.pages > PAGES_MAX)
    throw refuse(`has ${trace.pages} pages`);
  const shaped =
    trace.instructions.length === trace.intervals &&
    trace.runStart.length === trace.intervals + 1 &&
    trace.runCount.length === runs &&
    trace.runKind.length === runs &&
    trace.runStart[0] === 0 &&
    trace.runStart[trace.intervals] === runs;
  if (!shaped) throw refuse('has arrays whose lengths do not match');
}

function checkInterval(trace: Trace, interval: number, refuse: Refuse): void {
  const instructions = trace.instructions[interval]!;
  if (!Number.isSafeInteger(instructions) || instructions < 1)
    throw refuse(`interval ${interval} has ${instructions} instructions`);
  const end = trace.runStart[interval + 1]!;
  let next = 0;
  for (let run = trace.runStart[interval]!; run < end; run++) {
    const first = trace.runFirst[run]!;
    const count = trace.runCount[run]!;
    const kind = trace.runKind[run]!;
    if (first < next) throw refuse(`interval ${interval}: page ${first} is out of order`);
    if (count < 1 || first + count > trace.pages)
      throw refuse(
        `interval ${interval}: pages ${first}..${first + count - 1} are outside 0..${trace.pages - 1}`,
      );
    if (kind < ACCESS_FETCH || kind > ACCESS_WRITE)
      throw refuse(`interval ${interval}: page ${first} has access kind ${kind}`);
    next = first + count;
  }
  if (end < trace.runStart[interval]!) throw refuse(`interval ${interval} ends before it starts`);
}
