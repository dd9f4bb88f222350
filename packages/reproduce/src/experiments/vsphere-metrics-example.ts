import type { HostCounters, VmCounters } from '@overbook/core/host';
import { mib, toPages } from '@overbook/core';
import { IDENTITIES, composeHost } from '@overbook/core/host';

import type { Experiment, Row } from '../experiment.ts';
import { readBack, statement, within, withinPercent } from '../tolerance.ts';

/** Averages of counters that are read one after the other do not add up to the last page. */
const FIELD_PERCENT = 0.5;

export const vsphereMetricsExample: Experiment = {
  id: 'vsphere-metrics-example',
  grade: 'arithmetic',
  title: 'Counters of real hosts and VMs, checked against the identities between counters',
  source: 'I. Rahabok, vSphere Metrics, chapter Memory',
  about:
    'Readings printed in the book replace those of a composed host and go through the identities ' +
    'that check every host here. Measured is the side of the identity that its check calculates ' +
    'from the other figures. Of a bound both sides are printed: such a row reads inputs back, and shows that the ' +
    'check lets real figures pass.',
  calibrated: [],
  chosen: [],
  gaps: [
    'the book calls 6.13 TB of the fleet "savings"; with its own granted, shared and consumed that figure ' +
      'is the shared common memory, and is used as such here',
    'common above half of shared is seen in the field (frames whose other references are gone): only common ≤ ' +
      'shared is held',
  ],
  run: () => ({ rows: [...fleetRows(), ...hostRows(), ...vmRows()], figures: [] }),
};

/** A reading of an empty host with one VM, as the counters' own code makes it: what the book does not print is 0. */
function template(): { readonly host: HostCounters; readonly vm: VmCounters } {
  const host = composeHost({
    memory: mib(1),
    strategies: [],
    vms: [{ name: 'vm', size: toPages(16) }],
    store: 'keys',
  });
  const counters = host.counters();
  host.dispose();
  return { host: counters, vm: counters.vms[0]! };
}

/** Printed figures have units of their own: the identities do not care which, as long as it is one. */
type Printed<T> = { readonly [K in keyof T]?: T[K] extends number ? number : T[K] };

function reading(host: Printed<HostCounters>, vm: Printed<VmCounters>): HostCounters {
  const empty = template();
  const one = { ...empty.vm, untouched: 0, size: 0, ...vm } as VmCounters;
  return { ...empty.host, ...(host as HostCounters), vms: [one] };
}

interface Checked {
  readonly holds: boolean;
  readonly left: number;
  readonly right: number;
}

/** What the check of an identity sees: both sides, as it works them out. */
function sides(counters: HostCounters, id: string, says: string): Checked {
  const seen: Checked[] = [];
  const identity = IDENTITIES.find((one) => one.id === id);
  identity?.check({ counters }, (what, holds, left = Number.NaN, right = Number.NaN) => {
    if (what.includes(says)) seen.push({ holds, left, right });
  });
  if (seen.length !== 1) throw new Error(`${id} says '${says}' ${seen.length} times`);
  return seen[0]!;
}

function fleetRows(): readonly Row[] {
  const [granted, shared, common, consumed] = [103.26, 29.83, 6.13, 79.56];
  const counters = reading({ granted, shared, common, saving: shared - common }, { consumed });
  const { right } = sides(counters, 'I7', 'sum of consumed');
  // Four figures rounded to 0.01.
  return [
    within(
      0.02,
      {
        quantity: 'fleet of 7,505 VMs: consumed = granted − saving [TB]',
        published: consumed,
        measured: right,
        grade: 'arithmetic',
      },
      'TB',
    ),
  ];
}

function hostRows(): readonly Row[] {
  const [shared, common, saving] = [3_837_832, 2_490_272.75, 1_347_559];
  const sharing = reading({ shared, common, saving }, {});
  const parts = { vms: 191.91, overhead: 36.19, vmkernel: 1.72 };
  const consumed = reading(
    { total: 229.82, free: 0, own: 0, overhead: parts.overhead, vmkernel: parts.vmkernel },
    { consumed: parts.vms, overhead: parts.overhead },
  );
  const limits = sides(sharing, 'I9', 'common ≤ shared');
  return [
    within(
      1,
      {
        quantity: 'host: saving = shared − common [KB]',
        published: saving,
        measured: sides(sharing, 'I5', 'saving').right,
        grade: 'arithmetic',
      },
      'KB',
    ),
    readBack(
      statement({
        quantity: 'host: common ≤ shared, and above half of it [KB]',
        published: '2,490,272.75 of 3,837,832',
        measured: `${limits.left} ≤ ${limits.right}`,
        tolerance: 'holds; half is exceeded',
        holds: limits.holds && limits.left > limits.right / 2,
        grade: 'arithmetic',
      }),
    ),
    within(
      0.02,
      {
        quantity: 'host: consumed = VMs + overhead + VMkernel [GB]',
        published: 229.82,
        measured: sides(consumed, 'I12', 'total − free').right,
        grade: 'arithmetic',
      },
      'GB',
    ),
  ];
}

function vmRows(): readonly Row[] {
  const size = 16_384 * 1024;
  const ballooned = 10_430 * 1024;
  const counters = reading(
    {},
    {
      size,
      granted: 3_131_119,
      ballooned,
      kinds: { swapped: toPages(2_947_088), compressed: toPages(55_783) },
      published: { balloonMax: 0.65 * size },
    },
  );
  const balloon = sides(counters, 'I14', 'MCTLSZ ≤ MCTLMAX');
  return [
    withinPercent(FIELD_PERCENT, {
      quantity: 'VM of 16 GB: size = granted + ballooned + swapped + compressed [KB]',
      published: size,
      measured: sides(counters, 'I1', 'size').right,
      grade: 'arithmetic',
    }),
    readBack(
      statement({
        quantity: 'the same VM: its balloon stays below 65 % of it [KB]',
        published: '10,430 of 16,384 MB',
        measured: `${balloon.left} ≤ ${balloon.right}`,
        tolerance: 'holds',
        holds: balloon.holds,
        grade: 'arithmetic',
      }),
    ),
  ];
}
