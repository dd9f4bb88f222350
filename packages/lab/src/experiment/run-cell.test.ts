import { OverbookError, toPages } from '@overbook/core';
import { PluginFailure } from '@overbook/core/host';
import { expect, test } from 'vitest';

import type { PluginCatalogue } from '../plugins/load-plugins.ts';
import { DATASETS, small, smallText } from '../../test/small-scenario.ts';
import { parseScenario } from '../scenario/read-scenario.ts';
import { DatasetShelf } from './datasets.ts';
import type { Cell, Plan } from './plan.ts';
import { guestSpecs } from './guests.ts';
import { configOf, runCell } from './run-cell.ts';

const { scenario } = small();
const plan: Plan = { scenario, modules: [], check: false };
const cell: Cell = {
  index: 0,
  mix: { name: 'm', strategies: [{ id: 'mine' }] },
  memory: toPages(1000),
  seed: 1,
};

/** Runs a cell whose plugin makes trouble of a kind. */
function outcomeOf(trouble: unknown) {
  const strategy = (): never => {
    throw trouble;
  };
  return runCell(plan, cell, { strategy } as unknown as PluginCatalogue, []);
}

test("a plugin's fault fails the run by the plugin's name", () => {
  expect(outcomeOf(new PluginFailure('mine', new Error('out of ideas')))).toEqual({
    kind: 'failed',
    by: 'mine',
    what: 'mine failed: out of ideas',
  });
});

test('a fault that nobody signed fails the run, naming the strategies that were in it', () => {
  expect(outcomeOf(new TypeError('x is undefined'))).toEqual({
    kind: 'failed',
    by: 'host',
    what: 'the host with mine failed: x is undefined',
  });
});

test('wrong input is refused as it stands', () => {
  expect(outcomeOf(new OverbookError('OVB_VM_INVALID', 'vm a', 'is too small', 'Enlarge it.'))).toEqual({
    kind: 'refused',
    code: 'OVB_VM_INVALID',
    at: 'vm a',
    what: 'is too small',
    mend: 'Enlarge it.',
  });
});

test('what a scenario says of translation, large pages and sharing reaches the simulator', async () => {
  const text = smallText()
    .replace(
      'host: {',
      'host: { translation: shadow, largePages: on, largePageRules: { coldPeriod: 2 s, maxSharedPages: 7 },',
    )
    .replace('name: one,', 'name: one, sharing: off, salt: "",');
  const { scenario: said } = parseScenario('small.yaml', text);
  const guests = await guestSpecs(said, new DatasetShelf({ datasets: DATASETS }));
  const catalogue = { strategy: () => undefined } as unknown as PluginCatalogue;
  const config = configOf({ ...plan, scenario: said }, cell, catalogue, guests, {});
  expect(config).toMatchObject({
    host: {
      translation: 'shadow',
      largePages: 'on',
      largePageRules: { coldPeriod: 2000, maxSharedPages: 7 },
    },
  });
  expect(guests.map(({ sharing, salt }) => [sharing, salt])).toEqual([
    [false, ''],
    [undefined, undefined],
  ]);
});
