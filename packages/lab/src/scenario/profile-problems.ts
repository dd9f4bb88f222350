/** Mixes that name a profile of their own beside what the scenario sets on its host. */
import { hostProfile } from '@overbook/core/host';

import type { Problem } from './problems.ts';
import type { Scenario } from './schema.ts';

/**
 * What is set on the host wins in every mix. Where it is what makes up a family of hosts, a mix of another family would
 * run on a host that is neither.
 */
export function profileProblems({ host, mixes }: Scenario): readonly Problem[] {
  return Object.entries(mixes).flatMap(([mix, { profile, memoryStates }]) => {
    if (profile === undefined || profile === host.profile) return [];
    return Object.keys(hostProfile(profile).settings).flatMap((key) => {
      if (!isGiven(host, key) || (key === 'memoryStates' && memoryStates !== undefined)) return [];
      const what = `mix '${mix}' is on a host of profile ${profile}, but \`host.${key}\` is set and wins`;
      const ownStates = key === 'memoryStates' ? ', or give the mix `memoryStates` of its own' : '';
      const mend = `Leave out \`host.${key}\` and name the family of the other mixes (\`host.profile\`)${ownStates}.`;
      return [{ path: ['mixes', mix, 'profile'], what, mend }];
    });
  });
}

function isGiven(host: object, key: string): boolean {
  let value: unknown = host;
  for (const part of key.split('.')) value = (value as Readonly<Record<string, unknown>> | undefined)?.[part];
  return value !== undefined;
}
