/** Runs the promises of readers as tests of whatever runner their author uses. */
import type { ImageReader } from '../readers/image-reader.ts';
import { READER_CHECKS } from './reader-checks.ts';
import type { ReaderPromiseId } from './reader-promises.ts';
import { READER_PROMISES } from './reader-promises.ts';
import type { ReaderSample } from './reader-sample.ts';

export interface ReaderSuite {
  /** The runner's own function: `test` of vitest, of node:test, of Jest … */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  readonly reader: ImageReader;
  /** Small files (some hundred KiB at most: they are read hundreds of times), made by whatever writes the format. */
  readonly samples: readonly ReaderSample[];
  /** A reader that takes anything (raw): it recognises no format, and is not asked to. */
  readonly takesAnything?: boolean;
}

const IDS = Object.keys(READER_PROMISES) as readonly ReaderPromiseId[];

/** Registers one test per promise and sample. */
export function readerSuite({ test, ...suite }: ReaderSuite): void {
  for (const sample of suite.samples)
    for (const id of IDS) {
      if (id === 'recognises' && suite.takesAnything === true) continue;
      test(`${suite.reader.id}, ${sample.name}: ${READER_PROMISES[id]}`, () =>
        READER_CHECKS[id](suite.reader, sample));
    }
}

/** The promises that a reader breaks on a sample, with what was seen. Empty for a good reader. */
export async function proveReader(reader: ImageReader, sample: ReaderSample): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const id of IDS) {
    try {
      await READER_CHECKS[id](reader, sample);
    } catch (error) {
      broken.push(`${id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return broken;
}
