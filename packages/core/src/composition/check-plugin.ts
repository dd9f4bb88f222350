import { Subscription } from 'rxjs';

import { OverbookError } from '../units/errors.ts';
import { foreignRxjs } from '../units/foreign-rxjs.ts';

/** What is looked at before a plugin's own code runs; anything may come from plain JavaScript. */
interface Loose {
  readonly id?: unknown;
  readonly role?: unknown;
  readonly needs?: unknown;
  readonly options?: unknown;
  readonly kinds?: unknown;
  readonly roles?: unknown;
  readonly create?: unknown;
}

const ROLES = { strategy: 'strategies', policy: 'policies' } as const;

/**
 * The value has the shape of a plugin of that role, so that a typing mistake is told by name and not as a TypeError.
 * @throws OVB_PLUGIN_INVALID when it has not
 */
export function checkPlugin(plugin: unknown, role: 'strategy' | 'policy', host: string): void {
  if (typeof plugin !== 'object' || plugin === null) {
    throw new OverbookError(
      'OVB_PLUGIN_INVALID',
      host,
      `one of its ${ROLES[role]} is ${String(plugin)}`,
      'Give the object that the plugin package exports; importing a name that is not exported gives undefined.',
    );
  }
  const { id, role: its, needs, options, kinds, roles, create } = plugin as Loose;
  if (typeof id !== 'string' || id === '') {
    throw new OverbookError(
      'OVB_PLUGIN_INVALID',
      host,
      `one of its ${ROLES[role]} has no id`,
      'Define plugins with defineStrategy or definePolicy, which require an id.',
    );
  }
  const bad = (what: string, mend: string): never => {
    throw new OverbookError('OVB_PLUGIN_INVALID', id, what, mend);
  };
  if (its !== role) {
    if (its === 'strategy' || its === 'policy')
      bad(`it is a ${its}, given among the ${ROLES[role]}`, `List it under ${ROLES[its]}.`);
    bad(`its role is ${String(its)}`, 'Define it with defineStrategy or definePolicy.');
  }
  if (typeof create !== 'function') bad('it has no create function', 'Give create(deps, options, self).');
  if (typeof (options as { safeParse?: unknown } | undefined)?.safeParse !== 'function')
    bad(
      'its options are not a Zod schema',
      'Give options: z.strictObject({ … }); without options, z.strictObject({}).',
    );
  checkNeedTokens(needs, bad);
  const known = Array.isArray(kinds) ? (kinds as unknown[]) : [];
  for (const kind of Object.keys((roles as object | undefined) ?? {}))
    if (!known.includes(kind))
      bad(`it gives kind '${kind}' a role but does not define it`, `Add '${kind}' to kinds.`);
}

function checkNeedTokens(needs: unknown, bad: (what: string, mend: string) => never): void {
  if (typeof needs !== 'object' || needs === null)
    bad('it has no needs', 'Give needs: { … }; without any, {}.');
  for (const [name, need] of Object.entries(needs as object) as [string, unknown][]) {
    const wanted =
      typeof need === 'object' && need !== null ? (need as { optional?: unknown }).optional : need;
    if (typeof wanted !== 'symbol')
      bad(
        `need '${name}' is ${String(wanted)}, not a token`,
        'Import the token from @overbook/core, or make one with token().',
      );
  }
}

/** Handlers that `create` returned belong to kinds that the plugin declares. @throws OVB_PLUGIN_INVALID */
export function checkHandlers(
  plugin: { readonly id: string; readonly kinds?: readonly string[] },
  backings: object | undefined,
): void {
  const stray = Object.keys(backings ?? {}).find((kind) => !(plugin.kinds ?? []).includes(kind));
  if (stray === undefined) return;
  throw new OverbookError(
    'OVB_PLUGIN_INVALID',
    plugin.id,
    `it provides a handler for kind '${stray}', which it does not declare`,
    `Add '${stray}' to the kinds of the plugin.`,
  );
}

/** @throws OVB_PLUGIN_INVALID for a grain that is no whole number of pages */
export function checkGrain(plugin: string, grain: number): number {
  if (Number.isInteger(grain) && grain >= 1) return grain;
  throw new OverbookError(
    'OVB_PLUGIN_INVALID',
    plugin,
    `its grain is ${grain} pages`,
    'Give a whole number of pages, at least 1.',
  );
}

/** @throws OVB_PLUGIN_INVALID for a pace that is no time */
export function checkEvery(plugin: string, everyMs: number): number {
  if (Number.isFinite(everyMs) && everyMs > 0) return everyMs;
  throw new OverbookError(
    'OVB_PLUGIN_INVALID',
    plugin,
    `it would be called every ${everyMs} ms`,
    'Let `every` return milliseconds above 0.',
  );
}

/**
 * What `start` returned is a Subscription of the very copy of RxJS that this core loaded: what a timer of another copy
 * throws could not be caught, and the run would say that nothing went wrong.
 * @throws OVB_RXJS_TWICE when it comes from another copy, OVB_PLUGIN_INVALID when it is none
 */
export function checkSubscription(plugin: string, subscription: unknown): void {
  if (subscription instanceof Subscription) return;
  const looks = typeof (subscription as { unsubscribe?: unknown } | null)?.unsubscribe === 'function';
  if (looks) throw foreignRxjs(plugin, 'start returned a Subscription');
  throw new OverbookError(
    'OVB_PLUGIN_INVALID',
    plugin,
    `start returned ${subscription === null ? 'null' : typeof subscription}`,
    'Return what subscribe() gives, or a new Subscription().',
  );
}
