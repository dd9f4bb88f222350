import { OverbookError } from './errors.ts';

/** For something that another copy of RxJS made. */
export function foreignRxjs(plugin: string, what: string): OverbookError {
  return new OverbookError(
    'OVB_RXJS_TWICE',
    plugin,
    `${what} of another copy of RxJS than the one @overbook/core uses`,
    'Make rxjs a peer dependency of the plugin, and see with `npm ls rxjs` that one copy is installed.',
  );
}
