import type { PageStore } from '@overbook/core';

/** A page store that answers as `store` does, but for what `change` says. */
export function storeWith(store: PageStore, change: Partial<PageStore>): PageStore {
  const changed = new Map<string | symbol, unknown>(Object.entries(change));
  return new Proxy(store, {
    get(target, name) {
      if (changed.has(name)) return changed.get(name);
      const value: unknown = Reflect.get(target, name, target);
      // Bound to the store itself: its private fields are not the proxy's.
      const answer: unknown = typeof value === 'function' ? value.bind(target) : value;
      changed.set(name, answer);
      return answer;
    },
  });
}
