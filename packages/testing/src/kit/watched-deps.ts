import type { VmId } from '@overbook/core';
import type { AnyStrategyPlugin } from '@overbook/core/host';

import type { Watch } from './watch.ts';

type Method = (...given: never[]) => unknown;
/** What to do around a method of a service: it is called with the method, bound, and with what it was given. */
type Around = (
  method: (...given: unknown[]) => unknown,
  given: readonly unknown[],
  service: object,
) => unknown;

/** Changes of the mapping tables that only a strategy at work makes. */
const ACTIONS = [
  'evict',
  'relocate',
  'drop',
  'makeShared',
  'merge',
  'balloon',
  'unballoon',
  'attach',
  'installShared',
] as const;
/** Of these, what takes a page from its guest. */
const TAKES: ReadonlySet<string> = new Set(['evict', 'drop', 'merge', 'balloon']);
const SHARES: ReadonlySet<string> = new Set(['makeShared', 'merge', 'installShared']);

/** What the plugin needs, with the kit in between where it watches. */
export function watchDeps(plugin: AnyStrategyPlugin, deps: object, watch: Watch): object {
  const watched = Object.entries(plugin.needs).map(([name, need]): [string, unknown] => {
    const dep: unknown = (deps as Record<string, unknown>)[name];
    const token = typeof need === 'symbol' ? need : need.optional;
    const around = AROUND[(token.description ?? '').replace('overbook/', '')]?.(watch);
    return [name, around === undefined || dep === undefined ? dep : wrap(dep as object, around)];
  });
  return Object.fromEntries(watched);
}

const AROUND: Readonly<Record<string, (watch: Watch) => Readonly<Record<string, Around>>>> = {
  PAGES: (watch) => Object.fromEntries(ACTIONS.map((name) => [name, aroundAction(name, watch)])),
  RESCUERS: (watch) => ({
    rescue: (method, given) => {
      const rescued = method(...given);
      if (rescued === true) watch.call?.took.add(`${String(given[0])}/${String(given[1])}`);
      return rescued;
    },
  }),
  FRAMES: (watch) => ({
    take: (method, given, service) => {
      const { call } = watch;
      const frame = method(...given);
      if (call !== undefined && (frame as number) >= 0)
        call.readyAt = Math.max(call.readyAt, (service as { readyAt: number }).readyAt);
      return frame;
    },
  }),
  GUESTS: (watch) => ({
    inflate: moved(watch, true),
    deflate: moved(watch, false),
    deflatePages: moved(watch, false),
    unplug: (method, given) => {
      const blocks = method(...given) as number;
      const [vm, order, , into] = given as [VmId, number, number, Uint32Array];
      for (const first of into.subarray(0, blocks)) watch.gave(vm, block(first, order), true);
      return blocks;
    },
    plug: (method, given) => {
      const plugged = method(...given) as boolean;
      const [vm, order, first] = given as [VmId, number, number];
      if (plugged) watch.gave(vm, block(first, order), false);
      return plugged;
    },
  }),
  METER: (watch) => ({ spend: charged(watch), spendNs: charged(watch) }),
  SWAP_DEVICE: (watch) => ({
    read: (method, given) => {
      const done = method(...given) as number;
      if (watch.call !== undefined) watch.call.readAt = Math.min(watch.call.readAt, done);
      return done;
    },
    write: (method, given) => {
      watch.written.add(given[1] as number);
      return method(...given);
    },
  }),
  PAGE_STORE: (watch) => {
    let stores = 0;
    return { slots: (method) => wrap(method() as object, aroundSlots(stores++, watch)) };
  },
};

function aroundAction(name: string, watch: Watch): Around {
  return (method, given) => {
    watch.acted++;
    if (SHARES.has(name)) {
      watch.looked('salts');
      watch.looked('sharingOff');
    }
    if (name === 'attach') watch.looked('origin');
    const answer = method(...given);
    if (TAKES.has(name)) watch.took(name, given[0] as VmId, given[1] as number);
    return answer;
  };
}

/** Around a method that writes as many numbers of pages as it returns. */
function moved(watch: Watch, given: boolean): Around {
  return (method, asked) => {
    const count = method(...asked) as number;
    watch.gave(asked[0] as VmId, (asked[2] as Uint32Array).subarray(0, count), given);
    return count;
  };
}

function block(first: number, order: number): number[] {
  return Array.from({ length: 2 ** order }, (_, i) => first + i);
}

function charged(watch: Watch): Around {
  return (method, given) => {
    const time = method(...given);
    if (watch.call !== undefined) watch.call.cpuNs += time as number;
    return time;
  };
}

function aroundSlots(store: number, watch: Watch): Readonly<Record<string, Around>> {
  const key = (slot: unknown): string => `${store}/${String(slot)}`;
  return {
    save: (method, given) => {
      watch.slots.add(key(given[0]));
      return method(...given);
    },
    load: (method, given) => {
      if (watch.call !== undefined) watch.call.loaded = true;
      return method(...given);
    },
    drop: (method, given) => {
      watch.slots.delete(key(given[0]));
      return method(...given);
    },
  };
}

/** Methods are bound to the service itself: its private fields are not the proxy's. */
function wrap(service: object, around: Readonly<Record<string, Around>>): object {
  const bound = new Map<string | symbol, unknown>();
  return new Proxy(service, {
    get(target, name) {
      if (bound.has(name)) return bound.get(name);
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method = (value as Method).bind(target) as (...given: unknown[]) => unknown;
      const outer = around[name as string];
      const watched =
        outer === undefined ? method : (...given: unknown[]): unknown => outer(method, given, target);
      bound.set(name, watched);
      return watched;
    },
  });
}
