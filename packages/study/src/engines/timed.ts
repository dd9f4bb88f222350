/** How long a run took: for estimates alone, no result depends on it. */
import { hrtime } from 'node:process';

import type { CellAnswer } from '@overbook/lab';

import type { Ran } from './engine.ts';

export async function timed(run: () => Promise<CellAnswer>): Promise<Ran> {
  const since = hrtime.bigint();
  const answer = await run();
  return { answer, ms: Number(hrtime.bigint() - since) / 1e6 };
}
