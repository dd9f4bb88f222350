import type { StrategyHost } from '@overbook/core';
import type { AnyStrategyPlugin } from '@overbook/core/host';
import { Observable } from 'rxjs';

import { Watch } from './watch.ts';
import { watchDeps } from './watched-deps.ts';
import { watchStrategy } from './watched-strategy.ts';

/** The same plugin with the kit in between: it answers as the plugin does, and the kit sees what passes. */
export function watchPlugin(plugin: AnyStrategyPlugin): {
  readonly plugin: AnyStrategyPlugin;
  readonly watch: Watch;
} {
  const watch = new Watch();
  const create: AnyStrategyPlugin['create'] = (deps, options, self) => {
    const strategy = plugin.create(watchDeps(plugin, deps, watch) as typeof deps, options, self);
    watch.strategy = strategy;
    watch.kinds = self.kinds;
    watch.watched = watchStrategy(strategy, watch, (host) => watchStreams(host, watch));
    return watch.watched;
  };
  return { plugin: { ...plugin, create }, watch };
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
