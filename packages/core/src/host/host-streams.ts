import type { Observable } from 'rxjs';
import { BehaviorSubject, ReplaySubject, Subject, distinctUntilChanged, map } from 'rxjs';

import type { HostMemoryState } from '../ports/memory-state.ts';
import type { Pressure } from '../ports/pressure.ts';
import type { Decision } from '../contract/decision.ts';
import { guardDelivery } from '../contract/plugin-guard.ts';
import type { StrategyHost } from '../contract/strategy.ts';

/**
 * The host's streams. Hot; pressure and state replay their last value to a late subscriber, decisions do not; all
 * complete when the host is disposed. Each plugin has its own subject, so that an error thrown by its subscription
 * carries its name and reaches no other subscriber.
 */
export class HostStreams {
  readonly pressure$: Observable<Pressure>;
  readonly state$: Observable<HostMemoryState>;
  readonly decisions$: Observable<Decision>;
  readonly #pressure: BehaviorSubject<Pressure>;
  readonly #decisions = new Subject<Decision>();
  readonly #plugins: { readonly id: string; readonly pressure: ReplaySubject<Pressure> }[] = [];

  constructor(first: Pressure) {
    this.#pressure = new BehaviorSubject(first);
    this.pressure$ = this.#pressure.asObservable();
    this.state$ = stateOf(this.pressure$);
    this.decisions$ = this.#decisions.asObservable();
  }

  /** Streams for one plugin's `start`. */
  forPlugin(id: string): StrategyHost {
    const pressure = new ReplaySubject<Pressure>(1);
    pressure.next(this.#pressure.value);
    this.#plugins.push({ id, pressure });
    return { pressure$: pressure.asObservable(), state$: stateOf(pressure) };
  }

  publish(pressure: Pressure): void {
    this.#pressure.next(pressure);
    for (const plugin of this.#plugins) guardDelivery(plugin.id, () => plugin.pressure.next(pressure));
  }

  /** True while decisions have a subscriber. */
  get decisionsObserved(): boolean {
    return this.#decisions.observed;
  }

  decided(decision: Decision): void {
    this.#decisions.next(decision);
  }

  complete(): void {
    this.#pressure.complete();
    this.#decisions.complete();
    for (const plugin of this.#plugins) plugin.pressure.complete();
  }
}

function stateOf(pressure$: Observable<Pressure>): Observable<HostMemoryState> {
  return pressure$.pipe(
    map((pressure) => pressure.state),
    distinctUntilChanged(),
  );
}
