import type { Json } from '@overbook/core';

import type { KitHost } from '../kit/kit-host.ts';
import { BrokenPromise } from '../promises.ts';

/** What no strategy can know: a setting of no name, and what are no settings at all. */
const STRANGE: readonly Json[] = [{ kitSettingThatNobodyHas: 1 }, 'kit', ['kit'], 7, true, null];

/** A policy that mistypes a setting must hear of it: core parses settings with the strategy's `tunable`. */
export function checkTune({ host, watch }: KitHost): void {
  const { strategy, watched } = watch;
  const tunable = host.strategies.find((one) => one.strategy === watched)?.tunable;
  if (strategy?.tune === undefined && tunable === undefined) return;
  watch.looked('tune');
  if (tunable === undefined)
    throw new BrokenPromise('tune', 'it has tune but no tunable, so every tune order is refused');
  if (strategy?.tune === undefined)
    throw new BrokenPromise('tune', 'it has tunable but no tune, so every tune order is refused');
  const taken = STRANGE.find((settings) => tunable.safeParse(settings).success);
  if (taken !== undefined)
    throw new BrokenPromise('tune', `${JSON.stringify(taken)} passes the schema of its settings`);
}
