import type { Host } from '@overbook/core/host';
import { mib, toPages, toVmId } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { tps } from '@overbook/tps';

import type { Experiment, Row } from '../experiment.ts';
import type { Mechanisms } from '../mechanisms.ts';
import { changed } from '../mechanisms.ts';
import { exactly, readBack } from '../tolerance.ts';
import { numberedContents, writeContent } from './keyed-contents.ts';

/** Figure 6-2: what each VM's pages hold, one letter a content. */
const LETTERS = ['aabbc', 'cdef'];
const KIB_PER_PAGE = 4;

export const vsphereManualExample: Experiment = {
  id: 'vsphere-manual-example',
  grade: 'arithmetic',
  title: 'Nine guest pages on six blocks of machine memory',
  source:
    'VMware, vSphere Resource Management 6.7, "Measuring and Differentiating Types of Memory Usage", Figure 6-2',
  about:
    'Two VMs whose pages hold the contents a a b b c and c d e f. Page sharing between VMs scans them; ' +
    'every row is a counter of the host; granted counts the pages that were written. The manual prints ' +
    'shared 24 KB and shared common 12 KB; the other ' +
    'figures follow from its drawing of six blocks (derived from the letters, unambiguously).',
  calibrated: [],
  chosen: ['a host of 1 MiB, 100 pages scanned a second'],
  gaps: [],
  run: ({ mechanisms }) => {
    const host = compose(mechanisms);
    try {
      const contents = numberedContents(1 + 'abcdef'.length);
      LETTERS.forEach((letters, vm) =>
        letters
          .split('')
          .forEach((letter, page) =>
            writeContent(host, toVmId(vm), page, contents, 1 + 'abcdef'.indexOf(letter)),
          ),
      );
      host.advance(2_000);
      host.verify();
      return { rows: rowsOf(host), figures: [] };
    } finally {
      host.dispose();
    }
  },
};

function compose(mechanisms: Mechanisms): Host {
  return composeHost(
    changed(
      {
        name: 'vsphere-manual-example',
        memory: mib(1),
        store: 'keys' as const,
        strategies: [{ plugin: tps, options: { salting: 0, order: 'sequential', pagesPerSecond: 100 } }],
        vms: LETTERS.map((letters, i) => ({ name: `vm${i + 1}`, size: toPages(letters.length) })),
      },
      mechanisms,
    ),
  );
}

function rowsOf(host: Host): readonly Row[] {
  const { vms, total, free, granted, shared, common, saving } = host.counters();
  const [first, second] = vms;
  const row = (quantity: string, published: number, measuredPages: number): Row =>
    exactly({
      quantity: `${quantity} [KB]`,
      published,
      measured: measuredPages * KIB_PER_PAGE,
      grade: 'arithmetic',
    });
  return [
    readBack(row('granted, VM 1', 20, first!.granted)),
    readBack(row('granted, VM 2', 16, second!.granted)),
    readBack(row('granted, host', 36, granted)),
    row('consumed, VM 1', 10, first!.consumed),
    row('consumed, VM 2', 14, second!.consumed),
    row('consumed, host', 24, total - free),
    row('shared, VM 1', 20, first!.shared),
    row('shared, VM 2', 4, second!.shared),
    row('shared, host', 24, shared),
    row('shared common, host', 12, common),
    row('saved, VM 1', 10, first!.saved),
    row('saved, VM 2', 2, second!.saved),
    row('saving, host', 12, saving),
  ];
}
