import type { Json } from '@overbook/core';

import type { KitHost } from '../kit/kit-host.ts';
import { BrokenPromise } from '../promises.ts';

/** What no strategy can know: a setting of no name, and what are no settings at all. */
const STRANGE: readonly Json[] = [{ kitSettingThatNobodyHas: 1 }, 'kit', ['kit']];

/**
 * A policy that mistypes a setting must hear of it: core parses settings with the strategy's `tunable`, so the schema
 * has to refuse what the strategy does not know.
 */
export function checkTune({ host, watch }: KitHost): void {
  const running = host.strategies.find(({ strategy }) => strategy === watch.watched);
  if (watch.strategy?.tune === undefined || running === undefined) return;
  watch.looked('tune');
  if (running.tunable === undefined) {
    throw new BrokenPromise(
      'tune',
      'it has tune and declares no `tunable`: no host would call it, and nothing checks settings',
    );
  }
  for (const settings of STRANGE) {
    if (running.tunable.safeParse(settings).success)
      throw new BrokenPromise('tune', `${JSON.stringify(settings)} is taken without a word`);
  }
}
