import type { Host, Translation } from '@overbook/core/host';
import { BLOCKED, LARGE_PAGE_PAGES, toGfn, toGvpn, toNs, toPages, toVmId } from '@overbook/core';
import {
  GUEST_FAULT,
  GuestPageTable,
  composeHost,
  nestedTranslation,
  shadowTranslation,
} from '@overbook/core/host';

import type { Experiment, Row } from '../experiment.ts';
import type { Mechanisms } from '../mechanisms.ts';
import { changed } from '../mechanisms.ts';
import { exactly } from '../tolerance.ts';

type PageSize = '4 KB' | '2 MB';
const SIZES: readonly PageSize[] = ['4 KB', '2 MB'];

/** References of one walk whose every cache misses: (m + 1)(n + 1) − 1 with m guest and n host levels. */
const NESTED: Readonly<Record<PageSize, Readonly<Record<PageSize, number>>>> = {
  '4 KB': { '4 KB': 24, '2 MB': 19 },
  '2 MB': { '4 KB': 19, '2 MB': 15 },
};
/** A processor without a second dimension reads one entry a level; with shadow tables it does just that. */
const NATIVE: Readonly<Record<PageSize, number>> = { '4 KB': 4, '2 MB': 3 };

const VM = toVmId(0);
const VM_REGIONS = 4;
/** Region of the guest's data; its page tables lie in region 0. */
const DATA = LARGE_PAGE_PAGES;
const PAGES_WALKED = 64;

export const pageWalkReferences: Experiment = {
  id: 'page-walk-references',
  grade: 'arithmetic',
  title: 'Memory references of one address translation',
  source: 'Bhargava et al., Accelerating Two-Dimensional Page Walks for Virtualized Systems, ASPLOS 2008',
  about:
    'A guest touches pages through its own page tables, on hosts with and without 2 MiB frames, with ' +
    'nothing cached before each touch. The walks are run and their references counted one by one, page ' +
    'tables included.',
  calibrated: [],
  chosen: [`${PAGES_WALKED} pages walked for each row; page-walk caches off`],
  gaps: [
    'page tables here have four levels and leaves of 4 KB and 2 MB: rows of the formula for 1 GB pages ' +
      '(two levels) and for 57-bit addresses (five) are left out',
    'Adams and Agesen (ASPLOS 2006, §7.4) loosely say M·N for the same walk',
  ],
  run: ({ mechanisms }) => ({
    rows: [
      ...SIZES.flatMap((guest) => SIZES.map((host) => nestedRow(guest, host, mechanisms))),
      ...SIZES.map((size) => nativeRow(size, mechanisms)),
    ],
    figures: [],
  }),
};

function nestedRow(guest: PageSize, host: PageSize, mechanisms: Mechanisms): Row {
  return exactly({
    quantity: `nested, guest ${guest}, host ${host} [references]`,
    published: NESTED[guest][host],
    measured: referencesPerWalk(nestedTranslation(), guest, host, mechanisms),
    grade: 'arithmetic',
  });
}

function nativeRow(size: PageSize, mechanisms: Mechanisms): Row {
  return exactly({
    quantity: `one dimension (shadow tables), ${size} [references]`,
    published: NATIVE[size],
    measured: referencesPerWalk(shadowTranslation(), size, size, mechanisms),
    grade: 'arithmetic',
  });
}

/** Hardware references per walk, over walks that meet no fault and find nothing cached. */
function referencesPerWalk(
  translation: Translation,
  guest: PageSize,
  hostPages: PageSize,
  mechanisms: Mechanisms,
): number {
  const host = compose(translation, hostPages, mechanisms);
  try {
    const table = guestTable(translation, guest);
    for (let i = 0; i < PAGES_WALKED; i++) touch(translation, table, i);
    const { references, walks, nestedFaults } = { ...translation.stats(VM) };
    for (let i = 0; i < PAGES_WALKED; i++) {
      translation.flushPage(table, toGvpn(i));
      touch(translation, table, i);
    }
    translation.verify();
    const after = translation.stats(VM);
    if (after.nestedFaults !== nestedFaults) throw new Error('the host faulted in a counted walk');
    if (after.walks - walks !== PAGES_WALKED) throw new Error(`${after.walks - walks} walks were counted`);
    return (after.references - references) / (after.walks - walks);
  } finally {
    host.dispose();
  }
}

function compose(translation: Translation, hostPages: PageSize, mechanisms: Mechanisms): Host {
  return composeHost(
    changed(
      {
        name: 'page-walk-references',
        memory: toPages(2 * VM_REGIONS * LARGE_PAGE_PAGES),
        store: 'keys' as const,
        strategies: [],
        largePages: hostPages === '2 MB' ? ('on' as const) : ('off' as const),
        vms: [{ name: 'guest', size: toPages(VM_REGIONS * LARGE_PAGE_PAGES) }],
        edges: { translation },
      },
      mechanisms,
    ),
  );
}

/** Page tables of a process that maps the data region from its page 0 on. */
function guestTable(translation: Translation, size: PageSize): GuestPageTable {
  let next = 1;
  const table = new GuestPageTable(VM, { take: () => next++, give: () => undefined });
  translation.attach(table);
  translation.switchTo(table);
  if (size === '2 MB') table.mapLarge(toGvpn(0), toGfn(DATA), true);
  else for (let i = 0; i < LARGE_PAGE_PAGES; i++) table.map(toGvpn(i), toGfn(DATA + i), true);
  return table;
}

function touch(translation: Translation, table: GuestPageTable, page: number): void {
  const done = translation.translate(table, toGvpn(page), true, toNs(0));
  if (done === BLOCKED || done === GUEST_FAULT) throw new Error(`page ${page} cannot be touched: ${done}`);
}
