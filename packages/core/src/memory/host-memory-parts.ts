import type { FramePool } from '../frames/frame-pool.ts';
import type { KindTable } from '../pmap/kinds.ts';
import type { KindWatcher } from '../ports/kind-watcher.ts';
import type { Meter } from '../ports/meter.ts';
import type { VmFacts } from '../ports/page-service.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { Backing } from '../contract/strategy.ts';
import type { Nanoseconds, VmId } from '../units/page.ts';
import type { CachedTranslations } from './cached-translations.ts';
import type { LimitedPool } from './pool-limits.ts';

/** What HostMemory needs of the host that it belongs to, set once the reclaimer exists. */
export interface FrameSource {
  /** Free at least one frame now, for an access of `vm` at `at`. @returns when it is usable, or BLOCKED. */
  directReclaim(vm: VmId, at: Nanoseconds): Nanoseconds;
}

/** What a HostMemory is made of. */
export interface HostMemoryParts {
  readonly vms: readonly VmFacts[];
  readonly pool: FramePool;
  /** Default: none. */
  readonly limitedPools?: readonly LimitedPool[];
  readonly store: PageStore;
  readonly kinds: KindTable;
  /** Handlers by kind number; filled while the strategies are created. */
  readonly backings: (Backing | undefined)[];
  readonly meter: Meter;
  readonly translation?: CachedTranslations | undefined;
  readonly watcher?: KindWatcher | undefined;
}
