import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { small } from '../../test/small-scenario.ts';
import { planExperiment } from '../experiment/experiment.ts';
import { PluginCatalogue } from './load-plugins.ts';
import { OTHER_NAMES, mendOfUnknown, otherName } from './other-names.ts';

test.each([
  ['ksm', 'tps: { mode: ksm }'],
  ['KSM', 'tps: { mode: ksm }'],
  ['memory compression', 'compression'],
  ['memory_compression', 'compression'],
  ['linux zswap', 'zswap'],
  ['compcache', 'zram'],
  ['fpr', 'free-page-reporting'],
  ['ballooning', 'balloon'],
  ['virtio-balloon', 'balloon'],
  ['swap', 'hostswap'],
  ['hypervisor-swap', 'hostswap'],
  ['page-sharing', 'tps'],
  ['dedup', 'tps'],
  ['idle-memory-tax', 'esx-entitlement'],
])('%s is written %s', (word, write) => {
  expect(otherName(word)?.write).toBe(write);
});

test('no name stands for two things', () => {
  const names = OTHER_NAMES.flatMap(({ names }) => names);
  expect(new Set(names).size).toBe(names.length);
});

test('whatever is to be written is a plugin with options that it takes', async () => {
  const catalogue = await PluginCatalogue.load([]);
  for (const { write, role } of OTHER_NAMES) {
    const entry = parse(write) as string | Record<string, unknown>;
    const [id, options] = typeof entry === 'string' ? [entry, {}] : Object.entries(entry)[0]!;
    expect(catalogue.get(id, role, 'here').options.safeParse(options)).toMatchObject({ success: true });
  }
});

describe('the mend of an unknown name', () => {
  const known = ['hostswap', 'tps', 'balloon', 'free-page-reporting', 'compression'];
  test('says what to write for a technique that has another name here', () => {
    expect(mendOfUnknown('ksm', known)).toMatch(/^Write `tps: \{ mode: ksm \}`: .*Linux KSM/);
    expect(mendOfUnknown('compcache', known)).toMatch(/^Write `zram`: Linux's compressed swap device/);
  });
  test('is the nearest id where a name is misspelt, also of a name elsewhere', () => {
    expect(mendOfUnknown('balon', known)).toMatch(/^Did you mean 'balloon'\? Known: /);
    expect(mendOfUnknown('virtio-baloon', known)).toMatch(/^Write `balloon`/);
    expect(mendOfUnknown('xyzzy', known)).toMatch(/^Known: hostswap, /);
  });
  test('after --with, which takes no options, is a mix to write down', () => {
    expect(mendOfUnknown('ksm', known, 'option')).toContain(
      'add a mix to the scenario: `ksm: { strategies: [tps: { mode: ksm }, hostswap] }`',
    );
    expect(mendOfUnknown('ballooning', known, 'option')).toMatch(/^Write `balloon`/);
  });
});

test('what looks for a mix is told how to add one of the strategy that it names', async () => {
  const file = small();
  const asked = (mix: string) => planExperiment(file, { mixes: [mix] });
  await expect(asked('ballooning')).rejects.toMatchObject({
    code: 'OVB_MIX_UNKNOWN',
    mend: expect.stringContaining('`--with balloon,hostswap`'),
  });
  await expect(asked('ksm')).rejects.toMatchObject({
    code: 'OVB_MIX_UNKNOWN',
    mend: expect.stringContaining('`ksm: { strategies: [tps: { mode: ksm }, hostswap] }`'),
  });
});
