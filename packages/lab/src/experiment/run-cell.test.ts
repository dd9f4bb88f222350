import { PluginFailure, OverbookError, pages } from '@overbook/core';
import { expect, test } from 'vitest';

import { type PluginCatalogue } from '../plugins/load-plugins.ts';
import { small } from '../../test/small-scenario.ts';
import { type Cell, type Plan } from './experiment.ts';
import { runCell } from './run-cell.ts';

const { scenario } = small();
const plan: Plan = { scenario, datasets: '', modules: [], check: false };
const cell: Cell = {
  index: 0,
  mix: { name: 'm', strategies: [{ id: 'mine' }] },
  memory: pages(1000),
  seed: 1,
};

/** Runs a cell whose plugin makes trouble of a kind. */
const outcomeOf = (trouble: unknown) => {
  const strategy = (): never => {
    throw trouble;
  };
  return runCell(plan, cell, { strategy } as unknown as PluginCatalogue, []);
};

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
