import { OverbookError } from './errors.ts';

/** For something that another copy of RxJS made. */
export function foreignRxjs(plugin: string, what: string): OverbookError {
  return new OverbookError(
    'OVB_RXJS_TWICE',
    plugin,
    `${what} from a different copy of RxJS than @overbook/core uses`,
    'Make rxjs a peer dependency of the plugin, and check with `npm ls rxjs` that only one copy is installed.',
  );
}
