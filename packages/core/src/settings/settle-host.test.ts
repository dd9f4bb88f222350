import { expect, test } from 'vitest';

import type { Pages } from '../units/page.ts';
import { toPages } from '../units/page.ts';
import type { HostSettings } from './host-settings.ts';
import { HOST_SETTINGS } from './host-settings.ts';
import { describeSetting } from './setting.ts';
import { settleHost } from './settle-host.ts';

const bare: HostSettings = { memory: toPages(262_144) };

function settingOf(host: HostSettings, key: string) {
  return settleHost(host).settings.find((setting) => setting.key === key);
}

test('a host that says nothing but its memory has the published and assumed defaults', () => {
  const { values } = settleHost(bare);
  expect(values).toMatchObject({
    memory: 262_144,
    pools: [],
    admission: 'on',
    overhead: 'none',
    vmkernel: 0,
    reserve: 1024,
    memoryStates: 'esxi-6.x',
    translation: 'none',
    largePages: 'off',
    store: 'keys',
    paces: { balance: 15_000, sample: 60_000, reclaim: 100, patience: 5_000 },
    sampling: { pages: 100, time: 'execution', slowGain: 0.25, fastGain: 0.7 },
    largePageRules: { coldPeriod: 60_000, maxSharedPages: 512, maxSwappedPages: 10 },
  });
});

test('a default that follows from memory follows it', () => {
  expect(settleHost({ memory: toPages(4096) }).values.reserve).toBe(16);
  expect(settleHost({ memory: toPages(8192) }).values.reserve).toBe(32);
  // Half of the lowest threshold where that is less: 16 % of minFree, 6 % of 1,024 pages.
  expect(settleHost({ memory: toPages(1024) }).values.reserve).toBe(4);
});

test('every value says where it came from', () => {
  const host = { ...bare, paces: { balance: 1_500 } };
  expect(settingOf(host, 'paces.balance')).toEqual({
    key: 'paces.balance',
    value: 1_500,
    unit: 'ms',
    said: '1.5 s',
    from: 'given',
  });
  expect(settingOf(host, 'paces.reclaim')).toEqual({
    key: 'paces.reclaim',
    value: 100,
    unit: 'ms',
    said: '100 ms',
    from: 'default',
    basis: 'assumed',
  });
  expect(settingOf(host, 'memoryStates.thresholds')).toMatchObject({
    from: 'model',
    value: { high: 400, clear: 100, soft: 64, hard: 32, low: 16 },
    source: expect.stringContaining('Epping'),
  });
});

test('a value given as undefined is not given', () => {
  expect(settleHost({ ...bare, reserve: undefined, paces: { balance: undefined } })).toEqual(
    settleHost(bare),
  );
});

test('what is settled survives JSON: no limit is null, and said', () => {
  const settings = settleHost(bare).settings;
  expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
  expect(settingOf(bare, 'swapSpace')).toMatchObject({
    value: null,
    said: expect.stringContaining('enough'),
  });
});

test.each<[string, object, RegExp]>([
  ['an unknown setting of a group', { paces: { balanse: 3 } }, /no setting 'paces\.balanse'.*Known: balance/],
  ['a size that is no number', { reserve: Number.NaN }, /setting reserve is NaN/],
  ['a size below nothing', { vmkernel: -1 }, /setting vmkernel is -1/],
  ['a fraction of a page', { reserve: 2.5 }, /setting reserve is 2\.5/],
  ['a pace of nothing', { paces: { reclaim: 0 } }, /setting paces\.reclaim is 0. Give a time above 0 ms/],
  ['a word that is none', { store: 'byte' }, /setting store is byte. Give keys or bytes/],
  [
    'a gain above 1',
    { sampling: { slowGain: 2 } },
    /sampling\.slowGain is 2. Give a number above 0, at most 1/,
  ],
  ['half a page to sample', { sampling: { pages: 0.5 } }, /Give a whole number of at least 1/],
  ['an overhead of no table', { overhead: 'esx-9' }, /setting overhead is esx-9. .*esxi-6\.5/],
  ['rules that are no map', { largePageRules: 'on' }, /setting largePageRules is on. Give a map/],
])('%s is refused', (_, wrong, message) => {
  const host = { ...bare, ...wrong };
  expect(() => settleHost(host)).toThrow(message);
  expect(() => settleHost(host)).toThrow(expect.objectContaining({ code: 'OVB_SETTING_INVALID' }));
});

test('an unknown memory-state model is refused', () => {
  expect(() => settleHost({ ...bare, memoryStates: 'esx-9' })).toThrow(
    expect.objectContaining({ code: 'OVB_MODEL_UNKNOWN' }),
  );
});

test('the default of each setting is one that the setting takes', () => {
  const { values } = settleHost(bare);
  const { swapSpace: _, largePageRules, memory, ...finite } = values;
  const { breaksPerSecond: _all, ...rules } = largePageRules;
  expect(settleHost({ memory: memory as Pages, ...finite, largePageRules: rules }).values).toEqual(values);
});

test('a setting is described with its default and where that comes from', () => {
  const { balance, reclaim } = HOST_SETTINGS.paces.settings;
  expect(describeSetting(balance)).toBe(
    'Interval between policy decisions; default 15 s (ESX Mem.BalancePeriod).',
  );
  expect(describeSetting(reclaim)).toBe(
    'Interval of reclaim while the memory state is not high; default 100 ms (assumed).',
  );
  expect(describeSetting(HOST_SETTINGS.reserve)).toBe(
    'Frames that only reclaim may use; default 1/256 of memory, at least 16 pages, at most half of the ' +
      'lowest threshold; on Linux its min watermark (assumed).',
  );
});
