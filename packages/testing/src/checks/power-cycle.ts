import type { VmId } from '@overbook/core';

import type { KitHost } from '../kit/kit-host.ts';
import { vmFactsOf, vmFiguresOf } from '../kit/vm-figures.ts';

/** A VM was switched off and on and touched nothing yet: what a strategy counts for it is what it was at first. */
export function checkPowerCycle({ host, watches }: KitHost, vm: VmId): void {
  const facts = host.memory.vms[vm]!;
  for (const watch of watches) {
    const first = watch.newborn[vm]!;
    // An administrator may have changed the VM: a maximum that follows from its reservation is another then.
    if (first.facts !== vmFactsOf(facts)) continue;
    const { strategy } = watch;
    if (strategy?.pending === undefined && strategy?.vmCounters === undefined) continue;
    watch.looked('powerCycle');
    const now = vmFiguresOf(strategy, vm);
    if (now === first.figures) continue;
    const what = `VM ${facts.name} was powered off and on: as new it had ${first.figures}, now ${now}`;
    watch.broke('powerCycle', what);
  }
}
