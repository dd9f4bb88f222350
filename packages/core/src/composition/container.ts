import 'reflect-metadata'; // tsyringe throws at import without it; nothing else here uses it
import type { DependencyContainer } from 'tsyringe';
import { container, instanceCachingFactory } from 'tsyringe';

import type { Token } from '../ports/token.ts';

/**
 * Things by token, made on first use; a child sees its parent's. Used while a host is composed and never
 * after.
 */
export class Scope {
  readonly #container: DependencyContainer;

  private constructor(inner: DependencyContainer) {
    this.#container = inner;
  }

  /** A separate scope: hosts in one process must not share tsyringe's global container. */
  static root(): Scope {
    return new Scope(container.createChildContainer());
  }

  child(): Scope {
    return new Scope(this.#container.createChildContainer());
  }

  /** Registers a factory; it runs once, when first asked. A later registration of the same token wins. */
  provide<T>(token: Token<T>, make: () => T): void {
    this.#container.register(token, { useFactory: instanceCachingFactory(make) });
  }

  has(token: symbol): boolean {
    return this.#container.isRegistered(token, true);
  }

  get<T>(token: Token<T>): T {
    return this.#container.resolve<T>(token);
  }
}
