/** From what an importer collected to a trace that keeps every rule. */
import { basename } from 'node:path';
import { toPages } from '@overbook/core/units';
import type { FileId } from '@overbook/formats';
import { checkTrace } from '../trace/check.ts';
import type { Trace } from '../trace/trace.ts';
import type { Collected } from './access-collector.ts';
import { badFile } from './refusals.ts';

/** `everyInstructions` and what recorded it. */
export type About = Pick<Trace, 'source' | 'everyInstructions' | 'space'>;

/** A trace named after its file. @throws OVB_TRACE_CORRUPT */
export function finishedTrace(id: FileId, about: About, collected: Collected): Trace {
  const { arrays, numbers } = collected;
  const name = basename(id.name).replace(/\.(gz|br|zst)$/, '');
  const trace: Trace = { name, ...about, pages: toPages(collected.pages), ...arrays };
  const isIdentity = numbers === undefined || numbers.every((number, page) => number === page);
  const whole = isIdentity ? trace : { ...trace, pageNumbers: numbers };
  checkTrace(whole, (what) => badFile(id, `the trace ${what}`, 'Record it again, or leave that part out.'));
  return whole;
}
