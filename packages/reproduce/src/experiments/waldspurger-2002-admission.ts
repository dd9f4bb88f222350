import type { Host, VmSpec } from '@overbook/core/host';
import { toPages } from '@overbook/core';
import { KeyStore, composeHost } from '@overbook/core/host';

import type { Experiment, Row, RunContext } from '../experiment.ts';
import { changed } from '../mechanisms.ts';
import { exactly, statement } from '../tolerance.ts';
import { PAPER, megabytes, pagesOf } from './waldspurger-2002.ts';

const HOST_MB = 1024;
/** Overhead of a VM as the paper has it: five VMs take 160 MB. */
const OVERHEAD_MB = 32;
/** The five VMs of figure 8: min is half of max. */
const FIVE = [256, 256, 320, 320, 320];

function vm(name: string, size: number): VmSpec {
  return {
    name,
    size: pagesOf(size),
    reservation: pagesOf(size / 2),
    overhead: pagesOf(OVERHEAD_MB),
    poweredOn: false,
  };
}

/** Powers VMs on, one after the other; what was said of each. */
function powerOn(
  sizes: readonly number[],
  swapMb: number,
  context: RunContext,
): { readonly host: Host; readonly refused: readonly (string | undefined)[] } {
  const host = composeHost(
    changed(
      {
        name: 'waldspurger-2002-admission',
        memory: pagesOf(HOST_MB),
        // All of it can be reserved.
        reserve: toPages(0),
        vms: sizes.map((size, i) => vm(`vm${i + 1}`, size)),
        strategies: [],
        memoryStates: 'esx-1.5',
        // No page is touched.
        store: new KeyStore(pagesOf(HOST_MB)),
        swapSpace: toPages(pagesOf(swapMb)),
      },
      context.mechanisms,
    ),
  );
  return { host, refused: sizes.map((_, i) => host.powerOn(`vm${i + 1}`)?.of) };
}

function isOn(refused: string | undefined): string {
  return refused === undefined ? 'powered on' : `refused: ${refused}`;
}

function asked(
  quantity: string,
  published: string,
  refused: string | undefined,
  want: string | undefined,
): Row {
  return statement({
    quantity,
    published,
    measured: isOn(refused),
    tolerance: isOn(want),
    holds: refused === want,
    grade: 'arithmetic',
  });
}

function rowsOf(context: RunContext): readonly Row[] {
  const swapOfFive = FIVE.reduce((sum, size) => sum + size / 2, 0);
  const plenty = 4096;
  const five = powerOn(FIVE, swapOfFive, context);
  const { unreserved } = five.host.counters();
  const swap = powerOn(FIVE, swapOfFive - 1, context);
  const sixth256 = powerOn([...FIVE, 256], plenty, context);
  const sixth192 = powerOn([...FIVE, 192], plenty, context);
  const left = sixth192.host.counters().unreserved;
  for (const { host } of [five, swap, sixth256, sixth192]) host.dispose();
  return [
    statement({
      quantity: 'five VMs with min 736 and overhead 160 MB on 1024 MB, swap space of 736 MB',
      published: '896 ≤ 1024: all are admitted',
      measured: `${five.refused.filter((refused) => refused === undefined).length} powered on`,
      tolerance: '5 powered on',
      holds: five.refused.every((refused) => refused === undefined),
      grade: 'arithmetic',
    }),
    exactly({
      quantity: 'machine memory left unreserved by the five [MB]',
      published: 128,
      measured: megabytes(unreserved),
      grade: 'arithmetic',
    }),
    asked(
      'the fifth VM where swap space is 735 MB',
      'max − min must fit into swap space',
      swap.refused[4],
      'swap',
    ),
    asked(
      'a sixth VM of 256 MB: min 128 and overhead 32 MB',
      '1056 > 1024: refused',
      sixth256.refused[5],
      'memory',
    ),
    asked(
      'a sixth VM of 192 MB: min 96 and overhead 32 MB',
      '1024 = 1024: admitted',
      sixth192.refused[5],
      undefined,
    ),
    exactly({
      quantity: 'machine memory then left unreserved [MB]',
      published: 0,
      measured: megabytes(left),
      grade: 'arithmetic',
    }),
  ];
}

export const waldspurger2002Admission: Experiment = {
  id: 'waldspurger-2002-admission',
  grade: 'arithmetic',
  title: 'Admission control at power-on',
  source: `${PAPER}, §6.2, with the VMs of figure 8`,
  about:
    'VMs are powered on one after the other on a composed host of 1 GB. A VM needs its min and its ' +
    'overhead in unreserved memory, and max − min in swap space. The paper gives the rule and ' +
    'the five VMs; the sixth VM applies the rule.',
  calibrated: [],
  chosen: [],
  gaps: [],
  run: (context) => ({ rows: rowsOf(context), figures: [] }),
};
