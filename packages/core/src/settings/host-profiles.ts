/**
 * Families of hosts, as data: settings and options of strategies that belong together. What is given wins over the
 * profile, and the profile over the defaults of the tables.
 */
import type { Json } from '../contract/strategy.ts';

/** A value with where it comes from. */
export interface Preset {
  readonly value: Json;
  readonly source: string;
}

/** One family of hosts. */
export interface HostProfile {
  readonly title: string;
  /** What it leaves to the defaults, and why. */
  readonly what: string;
  /** Settings of the host, by key (`paces.balance`). */
  readonly settings: Readonly<Record<string, Preset>>;
  /** Options of strategies, by id and name. */
  readonly strategies: Readonly<Record<string, Readonly<Record<string, Preset>>>>;
  /** What orders where a mix names no policies: ESX entitlement, or nothing. */
  readonly policies: 'esx-entitlement' | 'none';
}

const VMSCAN = 'Linux 6.1, mm/vmscan.c, mm/workingset.c';

const SWAP_STATE = 'Linux 6.1, mm/swap_state.c';
const VIRTIO = 'Linux 6.1, drivers/virtio/virtio_balloon.c';

/** The shipped profiles, by name. */
export const HOST_PROFILES = {
  'esxi-8': {
    title: 'ESXi 8',
    what: 'The defaults of the tables: those of the newest ESX that sources tell of.',
    settings: {},
    strategies: {},
    policies: 'esx-entitlement',
  },
  'linux-kvm': {
    title: 'Linux with KVM',
    what: 'Each VM in a memory cgroup of its own, as under libvirt; no transparent huge pages, which are not modelled.',
    settings: {
      memoryStates: { value: 'linux', source: 'Linux 6.1, mm/page_alloc.c' },
      admission: {
        value: 'off',
        source: 'Linux, Documentation/mm/overcommit-accounting.rst: memory is given when it is touched',
      },
    },
    strategies: {
      hostswap: {
        victims: { value: 'active-inactive', source: VMSCAN },
        swapCache: { value: true, source: SWAP_STATE },
        area: { value: 'shared', source: 'Linux 6.1, mm/swapfile.c' },
        readAhead: { value: 'vma', source: `${SWAP_STATE}: unless a swap device rotates` },
        pageCluster: { value: 3, source: 'Linux, Documentation/admin-guide/sysctl/vm.rst' },
      },
      balloon: {
        driver: { value: '1.5', source: `${VIRTIO}: inflates at once when its target changes` },
        maxPercent: { value: 99, source: `${VIRTIO}: a target has no upper bound` },
        safePercent: { value: 100, source: `${VIRTIO}: takes what the guest's allocator gives` },
      },
      tps: { mode: { value: 'ksm', source: 'Linux, Documentation/admin-guide/mm/ksm.rst' } },
    },
    policies: 'none',
  },
} as const satisfies Readonly<Record<string, HostProfile>>;

export type ProfileName = keyof typeof HOST_PROFILES;

export const PROFILE_NAMES = Object.keys(HOST_PROFILES) as readonly ProfileName[];

export const DEFAULT_PROFILE: ProfileName = 'esxi-8';

/** The profile of that name, or the default one. */
export function hostProfile(name: string | undefined): HostProfile {
  const known: Readonly<Record<string, HostProfile>> = HOST_PROFILES;
  return (
    (name !== undefined && Object.hasOwn(known, name) ? known[name] : undefined) ?? known[DEFAULT_PROFILE]!
  );
}

/**
 * Options of a strategy under a profile. @param given as a mix says them: they win
 * @returns undefined where neither says anything
 */
export function profileOptions(profile: string | undefined, id: string, given: unknown): unknown {
  const { strategies } = hostProfile(profile);
  const preset = Object.hasOwn(strategies, id) ? strategies[id] : undefined;
  // What is no map of options the strategy's own schema refuses.
  if (preset === undefined || (given !== undefined && (typeof given !== 'object' || given === null)))
    return given;
  const values = Object.fromEntries(Object.entries(preset).map(([name, { value }]) => [name, value]));
  return { ...values, ...given };
}
