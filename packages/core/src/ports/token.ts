/**
 * Injection tokens. A token is a registered symbol, so that two loaded copies of this package still meet, with
 * the type of what it names carried in the type system only.
 */
declare const provides: unique symbol;

/** Names a service of type T: `Symbol.for('overbook/NAME')`. */
export type Token<T> = symbol & { readonly [provides]: T };

/** A need that the host may leave unmet; the plugin then gets `undefined`. */
export interface OptionalToken<T> {
  readonly optional: Token<T>;
}

/** What a plugin asks for: property name → token. Exactly these reach its `create`. */
export type Needs = Readonly<Record<string, Token<unknown> | OptionalToken<unknown>>>;

/** The object that `create` receives for a given `needs`. */
export type Resolved<N extends Needs> = {
  readonly [K in keyof N]: N[K] extends Token<infer T>
    ? T
    : N[K] extends OptionalToken<infer T>
      ? T | undefined
      : never;
};

const PREFIX = 'overbook/';

/** Makes (or finds) the token of that name. Custom edges may define their own. */
export function token<T>(name: string): Token<T> {
  return Symbol.for(PREFIX + name) as Token<T>;
}

/** Marks a need as one the plugin can do without. */
export function optional<T>(needed: Token<T>): OptionalToken<T> {
  return { optional: needed };
}

export function isOptional(need: Token<unknown> | OptionalToken<unknown>): need is OptionalToken<unknown> {
  return typeof need === 'object';
}

/** The token's short name as users know it, e.g. `CONTENTS`. */
export function tokenName(named: symbol): string {
  return (named.description ?? String(named)).replace(PREFIX, '');
}
