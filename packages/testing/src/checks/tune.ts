import type { Json } from '@overbook/core';
import { isOverbookError } from '@overbook/core';

import type { KitHost } from '../kit/kit-host.ts';
import { BrokenPromise } from '../promises.ts';

/** What no strategy can know: a setting of no name, and what are no settings at all. */
const STRANGE: readonly Json[] = [{ kitSettingThatNobodyHas: 1 }, 'kit', ['kit']];

/** A policy that mistypes a setting must hear of it, from the strategy that it tunes. */
export function checkTune({ watch }: KitHost): void {
  const { strategy } = watch;
  if (strategy?.tune === undefined) return;
  watch.looked('tune');
  for (const settings of STRANGE) {
    const refusal = tuneWith(() => strategy.tune!(settings));
    if (refusal === undefined)
      throw new BrokenPromise('tune', `${JSON.stringify(settings)} is taken without a word`);
    if (!isOverbookError(refusal)) {
      const what = `${JSON.stringify(settings)} is refused by no OverbookError`;
      throw new BrokenPromise('tune', what, refusal);
    }
  }
}

function tuneWith(run: () => void): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error ?? 'nothing';
  }
}
