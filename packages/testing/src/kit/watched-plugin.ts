import type { AnyStrategyPlugin, Strategy, StrategyHost } from '@overbook/core';
import type { Subscription } from 'rxjs';
import { Observable } from 'rxjs';

/** What the kit saw of a strategy from between it and the host. */
export interface Watch {
  /** The strategy itself, once it is created. */
  strategy: Strategy | undefined;
  /** Pages it freed, ordered, rescued or took over, and changes it made to the mapping tables. */
  acted: number;
  /** What `start` returned. */
  started: Subscription | undefined;
  /** Subscriptions to the host's streams that are open now. */
  listening: number;
  /** Subscriptions that were still open when the host's streams ended. */
  leftListening: number;
}

/** Changes of the mapping tables that only a strategy at work makes. */
const ACTIONS = new Set(['evict', 'relocate', 'drop', 'makeShared', 'merge', 'balloon', 'unballoon']);

/** The same plugin with the kit in between: it answers as the plugin does, and the kit sees what passes. */
export function watchPlugin(plugin: AnyStrategyPlugin): {
  readonly plugin: AnyStrategyPlugin;
  readonly watch: Watch;
} {
  const watch: Watch = { strategy: undefined, acted: 0, started: undefined, listening: 0, leftListening: 0 };
  const create: AnyStrategyPlugin['create'] = (deps, options, self) => {
    const strategy = plugin.create(watchDeps(deps, watch) as typeof deps, options, self);
    watch.strategy = strategy;
    return watchStrategy(strategy, watch);
  };
  return { plugin: { ...plugin, create }, watch };
}

function watchDeps(deps: object, watch: Watch): object {
  return Object.fromEntries(
    Object.entries(deps).map(([name, dep]: [string, unknown]) => {
      const isPages = typeof dep === 'object' && dep !== null && 'makeShared' in dep && 'evict' in dep;
      return [name, isPages ? watchPages(dep, watch) : dep];
    }),
  );
}

/** Methods are bound to the service itself: its private fields are not the proxy's. */
function watchPages(service: object, watch: Watch): object {
  const bound = new Map<string | symbol, unknown>();
  return new Proxy(service, {
    get(target, name) {
      if (bound.has(name)) return bound.get(name);
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const call = value as (...parts: unknown[]) => unknown;
      const watched = !ACTIONS.has(name as string)
        ? call.bind(target)
        : (...parts: unknown[]): unknown => {
            watch.acted++;
            return call.apply(target, parts);
          };
      bound.set(name, watched);
      return watched;
    },
  });
}

/** Only what the strategy has: an absent method means that it does not do that. */
function watchStrategy(strategy: Strategy, watch: Watch): Strategy {
  return {
    ...(strategy.backings === undefined ? {} : { backings: strategy.backings }),
    ...(strategy.start === undefined
      ? {}
      : { start: (host: StrategyHost) => (watch.started = strategy.start!(watchStreams(host, watch))) }),
    ...(strategy.reclaim === undefined
      ? {}
      : {
          reclaim: (request) => {
            const receipt = strategy.reclaim!(request);
            watch.acted += receipt.freed + receipt.ordered;
            return receipt;
          },
        }),
    ...(strategy.rescue === undefined
      ? {}
      : {
          rescue: (victim) => {
            const rescued = strategy.rescue!(victim);
            watch.acted += rescued ? 1 : 0;
            return rescued;
          },
        }),
    ...(strategy.accept === undefined ? {} : { accept: (page) => strategy.accept!(page) }),
    ...(strategy.pending === undefined ? {} : { pending: (vm) => strategy.pending!(vm) }),
    ...(strategy.relax === undefined ? {} : { relax: (request) => strategy.relax!(request) }),
    ...(strategy.largePageBroken === undefined
      ? {}
      : { largePageBroken: (vm, first) => strategy.largePageBroken!(vm, first) }),
    ...(strategy.tune === undefined ? {} : { tune: (settings) => strategy.tune!(settings) }),
    ...(strategy.counters === undefined ? {} : { counters: () => strategy.counters!() }),
    ...(strategy.vmCounters === undefined ? {} : { vmCounters: (vm) => strategy.vmCounters!(vm) }),
    ...(strategy.verify === undefined ? {} : { verify: () => strategy.verify!() }),
    ...(strategy.dispose === undefined ? {} : { dispose: () => strategy.dispose!() }),
  };
}

function watchStreams(host: StrategyHost, watch: Watch): StrategyHost {
  return {
    pressure$: counted(host.pressure$, watch),
    state$: counted(host.state$, watch),
  };
}

function counted<T>(source: Observable<T>, watch: Watch): Observable<T> {
  return new Observable<T>((reader) => {
    watch.listening++;
    const inner = source.subscribe({
      next: (value) => reader.next(value),
      error: (error: unknown) => reader.error(error),
      complete: () => {
        watch.leftListening++;
        reader.complete();
      },
    });
    return () => {
      watch.listening--;
      inner.unsubscribe();
    };
  });
}
