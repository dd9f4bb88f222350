/** What techniques are called elsewhere, and what to write for each here. It claims no more than the plugins do. */
import { didYouMean, nearest } from '../scenario/suggest.ts';

/** Names of one thing, and how a mix has it. */
export interface OtherName {
  /** In small letters, with `-` between words; the first is the best known. */
  readonly names: readonly string[];
  readonly id: string;
  readonly role: 'strategy' | 'policy';
  /** The entry of a mix. */
  readonly write: string;
  /** What it is, and how it differs from what the name means elsewhere. */
  readonly what: string;
  /** Entries of a mix to try it in. */
  readonly mix: readonly string[];
}

export const OTHER_NAMES: readonly OtherName[] = [
  {
    names: ['ksm', 'ksmd', 'linux-ksm', 'kernel-samepage-merging'],
    id: 'tps',
    role: 'strategy',
    write: 'tps: { mode: ksm }',
    what: 'the rules and counters of Linux KSM',
    mix: ['tps: { mode: ksm }', 'hostswap'],
  },
  {
    names: [
      'page-sharing',
      'tps',
      'transparent-page-sharing',
      'content-based-page-sharing',
      'sharing',
      'dedup',
      'deduplication',
      'memory-deduplication',
      'page-deduplication',
      'page-fusion',
    ],
    id: 'tps',
    role: 'strategy',
    write: 'tps',
    what: "ESX's transparent page sharing; with `mode: ksm` the rules of Linux KSM",
    mix: ['tps', 'hostswap'],
  },
  {
    names: ['zswap', 'linux-zswap', 'frontswap', 'compressed-swap-cache', 'zsmalloc'],
    id: 'zswap',
    role: 'strategy',
    write: 'zswap',
    what: "Linux's compressed pool of the host's memory, before `hostswap`",
    mix: ['zswap', 'hostswap'],
  },
  {
    names: ['zram', 'linux-zram', 'compcache'],
    id: 'zram',
    role: 'strategy',
    write: 'zram',
    what: "Linux's compressed swap device in memory, used before `hostswap`",
    mix: ['zram', 'hostswap'],
  },
  {
    names: ['memory-compression', 'compression', 'compression-cache', 'compress', 'memzip', 'zip'],
    id: 'compression',
    role: 'strategy',
    write: 'compression',
    what: "ESX's compression cache",
    mix: ['compression', 'hostswap'],
  },
  {
    names: ['balloon', 'ballooning', 'memory-ballooning', 'balloon-driver', 'virtio-balloon', 'vmmemctl'],
    id: 'balloon',
    role: 'strategy',
    write: 'balloon',
    what: "a driver in the guest gives pages, at the paces of VMware's",
    mix: ['balloon', 'hostswap'],
  },
  {
    names: ['free-page-reporting', 'fpr', 'page-reporting', 'free-pages'],
    id: 'free-page-reporting',
    role: 'strategy',
    write: 'free-page-reporting',
    what: 'the host drops the backing of pages that the guest reports free',
    mix: ['free-page-reporting', 'hostswap'],
  },
  {
    names: [
      'swap',
      'hostswap',
      'host-swap',
      'swapping',
      'host-swapping',
      'hypervisor-swap',
      'hypervisor-swapping',
      'vswp',
    ],
    id: 'hostswap',
    role: 'strategy',
    write: 'hostswap',
    what: 'the hypervisor writes victims to a swap file of their VM',
    mix: ['hostswap'],
  },
  ...(['lru', 'clock', 'fifo'] as const).map((victims): OtherName => ({
    names: [victims],
    id: 'hostswap',
    role: 'strategy',
    write: `hostswap: { victims: ${victims} }`,
    what: `swapping that picks its victims by ${victims.toUpperCase()}`,
    mix: [`hostswap: { victims: ${victims} }`],
  })),
  {
    names: ['belady', 'opt', 'optimal', 'clairvoyant', 'oracle'],
    id: 'belady',
    role: 'strategy',
    write: 'belady',
    what: 'swapping by a choice of victims that knows the future of replayed guests; a bound, ranked with no mix',
    mix: ['belady'],
  },
  {
    names: ['idle-memory-tax', 'esx-entitlement', 'entitlement', 'idle-tax', 'min-funding', 'shares'],
    id: 'esx-entitlement',
    role: 'policy',
    write: 'esx-entitlement',
    what: 'shares, reservations, limits and the idle-memory tax of ESX',
    mix: ['hostswap'],
  },
  {
    names: ['proxmox', 'proxmox-balloon', 'pve', 'auto-balloon', 'autoballoon', 'pvestatd'],
    id: 'proxmox-balloon',
    role: 'policy',
    write: 'proxmox-balloon',
    what: "Proxmox VE's automatic ballooning, for a mix with `balloon`",
    mix: ['balloon', 'hostswap'],
  },
  {
    names: ['active-inactive', 'linux-lru', 'two-list', 'linux-swap'],
    id: 'hostswap',
    role: 'strategy',
    write: 'hostswap: { victims: active-inactive }',
    what: 'swapping that picks its victims by the active and inactive lists of Linux',
    mix: ['hostswap: { victims: active-inactive }'],
  },
];

/** The thing of that name, however it is spelt; undefined when nothing has it. */
export function otherName(word: string): OtherName | undefined {
  const plain = word
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '-');
  return OTHER_NAMES.find(({ names }) => names.includes(plain));
}

/**
 * A sentence for the mend of an unknown plugin: what to write for a technique that is called otherwise here, the
 * nearest id, or all there are.
 * @param where `entry` where options may follow, `option` where only an id may be given
 */
export function mendOfUnknown(
  word: string,
  known: readonly string[],
  where: 'entry' | 'option' = 'entry',
): string {
  const named = otherName(word) ?? (nearest(word, known) === undefined ? nearestOther(word) : undefined);
  if (named === undefined) return didYouMean(word, known);
  const isPlain = known.includes(named.write);
  const place = named.role === 'policy' ? ' under `policies`' : '';
  if (where === 'entry' || isPlain) return `Write \`${named.write}\`${place}: ${named.what}.`;
  return `It has options here, so add a mix to the scenario: ${mixOf(named)}: ${named.what}.`;
}

/** What else to try where no mix has that name; nothing where no strategy has it either. */
export function addedMixHint(word: string): string | undefined {
  const named = otherName(word);
  if (named === undefined || named.role === 'policy') return undefined;
  return named.mix.every((entry) => !entry.includes(':'))
    ? `\`--with ${named.mix.join(',')}\` adds a mix of that strategy.`
    : `For that strategy add a mix to the scenario: ${mixOf(named)}.`;
}

function mixOf({ names, mix }: OtherName): string {
  return `\`${names[0]!}: { strategies: [${mix.join(', ')}] }\``;
}

function nearestOther(word: string): OtherName | undefined {
  const near = nearest(
    word,
    OTHER_NAMES.flatMap(({ names }) => names),
  );
  return near === undefined ? undefined : otherName(near);
}
