import type { Needs, Resolved } from '../ports/token.ts';
import { isOptional, tokenName } from '../ports/token.ts';
import { OverbookError } from '../units/errors.ts';
import type { Scope } from './container.ts';

/**
 * Exactly what the plugin named, no more: reading anything else from the result throws.
 * @throws OVB_NEED_UNMET naming plugin, token and host
 */
export function resolveNeeds<N extends Needs>(
  scope: Scope,
  plugin: { readonly id: string; readonly needs: N },
  host: string,
): Resolved<N> {
  const deps: Record<string, unknown> = {};
  for (const [name, need] of Object.entries(plugin.needs)) {
    const wanted = isOptional(need) ? need.optional : need;
    if (scope.has(wanted)) deps[name] = scope.get(wanted);
    else if (isOptional(need)) deps[name] = undefined;
    else throw unmet(plugin.id, tokenName(wanted), host);
  }
  return deps as Resolved<N>;
}

const MENDS: Readonly<Record<string, string>> = {
  CONTENTS: 'Use the byte store (store: bytes) with guests that have bytes, or leave this strategy out.',
  FUTURE:
    'Replay guests whose accesses are known before they run (recordings, traces), or leave this strategy out: no ' +
    'running host knows its future.',
  GUESTS: 'Give the host guests with drivers, or leave this strategy out.',
  PAGES: 'Use a host whose pages can be enumerated, or leave this strategy out.',
};

function unmet(plugin: string, token: string, host: string): OverbookError {
  return new OverbookError(
    'OVB_NEED_UNMET',
    host,
    `strategy '${plugin}' needs ${token}, which this host does not provide`,
    MENDS[token] ?? `Bind ${token} in the host's edges or bindings, or leave this strategy out.`,
  );
}
