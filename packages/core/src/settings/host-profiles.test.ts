import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import { defineStrategy } from '../contract/strategy.ts';
import { mib, toPages } from '../units/page.ts';
import type { ProfileName } from './host-profiles.ts';
import { PROFILE_NAMES, hostProfile, profileOptions } from './host-profiles.ts';
import { settleHost } from './settle-host.ts';

const memory = mib(64);

test('the default profile leaves every setting at its default', () => {
  expect(settleHost({ memory, profile: 'esxi-8' }).values).toEqual(settleHost({ memory }).values);
});

test.each(PROFILE_NAMES)(
  'each setting of %s is one that hosts take, and says where it comes from',
  (profile) => {
    const settled = settleHost({ memory, profile });
    for (const [key, { value, source }] of Object.entries(hostProfile(profile).settings))
      expect(settled.settings.find((one) => one.key === key)).toMatchObject({
        value,
        source,
        from: 'profile',
      });
    expect(source(profile)).not.toContain('');
  },
);

/** Every source of a profile. */
function source(profile: string): readonly string[] {
  const { settings, strategies } = hostProfile(profile);
  return [settings, ...Object.values(strategies)].flatMap((presets) =>
    Object.values(presets).map((preset) => preset.source),
  );
}

test('what is given wins over the profile, and the profile over the default', () => {
  const linux = settleHost({ memory, profile: 'linux-kvm' });
  expect(linux.values.memoryStates).toBe('linux');
  expect(linux.model.id).toBe('linux');
  const given = settleHost({ memory, profile: 'linux-kvm', memoryStates: 'esx-5.x' });
  expect(given.values.memoryStates).toBe('esx-5.x');
  expect(given.settings.find(({ key }) => key === 'memoryStates')).toMatchObject({ from: 'given' });
});

test('an unknown profile is refused', () => {
  expect(() => settleHost({ memory, profile: 'hyper-v' as never })).toThrow(
    /profile is hyper-v. Give esxi-8 or linux-kvm/,
  );
});

test('options of strategies: what is given wins, others are left alone', () => {
  expect(profileOptions('linux-kvm', 'hostswap', { victims: 'lru' })).toMatchObject({
    victims: 'lru',
    swapCache: true,
  });
  expect(profileOptions('linux-kvm', 'other', undefined)).toBeUndefined();
  expect(profileOptions(undefined, 'hostswap', undefined)).toBeUndefined();
  expect(profileOptions('linux-kvm', 'hostswap', 3)).toBe(3);
});

test('a host has the options and the policies of its profile', () => {
  const seen: unknown[] = [];
  const swap = defineStrategy({
    id: 'hostswap',
    contract: 2,
    title: 'Looks at its options',
    options: z.looseObject({}),
    needs: {},
    create: (_deps, options) => {
      seen.push(options);
      return { reclaim: () => ({ freed: toPages(0), ordered: toPages(0), tried: toPages(0), refused: [] }) };
    },
  });
  const of = (profile: ProfileName | undefined) =>
    composeHost({ memory, profile, vms: [{ name: 'a', size: mib(8) }], strategies: [swap] });
  expect(of('linux-kvm').policyActivity()).toEqual([]);
  expect(
    of(undefined)
      .policyActivity()
      .map(({ id }) => id),
  ).toEqual(['esx-entitlement']);
  expect(seen).toEqual([expect.objectContaining({ victims: 'active-inactive' }), {}]);
});
