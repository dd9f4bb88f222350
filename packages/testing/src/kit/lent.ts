import type { Watch } from './watch.ts';

/**
 * The object of one call, which the host uses again: reading it once the call is over tells that it was kept. A copy
 * that is made within the call is fine.
 * @param what for the message: `the request of reclaim`
 */
export function lend<T extends object>(watch: Watch, what: string, given: T): { lent: T; over: () => void } {
  let ended = false;
  const check = (name: string | symbol): void => {
    if (ended) watch.broke('lent', `${String(name)} of ${what} is read after the call returned`);
  };
  const lent = new Proxy(given, {
    get(target, name) {
      check(name);
      return Reflect.get(target, name, target) as unknown;
    },
    ownKeys(target) {
      check('the keys');
      return Reflect.ownKeys(target);
    },
  });
  watch.looked('lent');
  return { lent, over: () => (ended = true) };
}
